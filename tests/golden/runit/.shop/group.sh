#!/bin/sh
# Made by pyforeman export runit; a new export overwrites this file.
#
# group.sh SIGNAL GRACE COMMAND...
#
# Runs a command of several processes in a session of its own: their engine would signal only one of them.
# Each signal goes to all of them. When SIGNAL or TERM has come, or the first process has ended, the others
# have GRACE seconds; this ends when they all have.
stop=$1 grace=$2
shift 2

tell() {
    # The session takes a moment to be there, and a signal would meet nobody.
    until kill "-$1" "-$!" 2>/dev/null || ! kill -0 "$!" 2>/dev/null; do :; done
}

end() {
    tell "$1"
    left=$((grace * 10))
    # A second after SIGKILL there may be zombies, whose parent does not care for them.
    while kill -0 "-$!" 2>/dev/null && [ "$left" -gt -10 ]; do
        [ "$left" -gt 0 ] || kill -KILL "-$!" 2>/dev/null
        left=$((left - 1))
        (sleep 0.1) # in a shell that has sleep built in, too, this makes it see who has ended
    done
}

for signal in HUP INT QUIT USR1 USR2; do
    trap "[ -z \"\$!\" ] || tell $signal" "$signal"
done
for signal in TERM "$stop"; do
    trap "[ -z \"\$!\" ] || end $signal; exit 143" "$signal"
done

if command -v setsid >/dev/null; then
    # What a shell runs beside itself ignores INT and QUIT.
    env --default-signal=INT,QUIT true 2>/dev/null && set -- env --default-signal=INT,QUIT "$@"
    set -- setsid "$@"
else # macOS
    set -- perl -MPOSIX=setsid -e '$SIG{INT} = $SIG{QUIT} = "DEFAULT"; setsid; exec @ARGV' -- "$@"
fi
"$@" </dev/null &
while :; do
    wait "$!"
    code=$?
    kill -0 "$!" 2>/dev/null || break # else it was a signal that ended the wait
done
end TERM
exit "$code"
