# Made by pyforeman export runit; a new export overwrites this file.
# The release has a lock on release.lock while the others may start. The kernel takes it away when that
# process ends, however it does.

# macOS has no flock.
command -v flock >/dev/null || flock() {
    perl -e '%bits = ("-s", 1 | 4, "-x", 2, "-u", 8); open F, "<&=9"; exit !flock F, $bits{shift()}' -- "$@"
}

# $1 is who waits.
pass_gate() {
    exec 9<'/etc/shop/.shop/release.lock'
    # 1: there is another lock. Whatever else goes wrong, the gate stays closed.
    until flock -s -n 9; [ $? = 1 ]; do
        flock -u 9
        [ "$1" ] && echo "$1 waits for the release" >&2 && set --
        sleep 1
    done
    exec 9<&-
}

open_gate() {
    exec 9<'/etc/shop/.shop/release.lock'
    flock -x 9 || exit
}
