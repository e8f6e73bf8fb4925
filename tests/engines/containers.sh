#!/bin/sh
# containers.sh ROOTFS SHARE GROUP: becomes a machine of its own to run container engines in.
#
# It has the file tree of ROOTFS, which it does not change, and SHARE where that stands outside; a network of
# its own with nothing but lo; processes and mounts of its own. All of it ends with its pid 1. What it leaves
# is the control group GROUP. Started in a mount and a network namespace (unshare -m -n), it says "ready".
set -e

if test "$1" != inside; then
    mount -t cgroup2 none /sys/fs/cgroup
    mkdir "/sys/fs/cgroup/$3"
    echo $$ >"/sys/fs/cgroup/$3/cgroup.procs"
    exec unshare --cgroup --pid --uts --ipc --fork --kill-child sh "$0" inside "$1" "$2"
fi

root=$2 share=$3
# What is written goes to memory: through an overlay; but the engines' layers are overlays, and need a place
# that is none.
mount -t tmpfs none /mnt
mkdir /mnt/changes /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$root,upperdir=/mnt/changes,workdir=/mnt/work" none /mnt/root
cd /mnt/root
mount -t proc none proc
mount -t sysfs none sys
mount -t cgroup2 none sys/fs/cgroup
mount --rbind /dev dev
for folder in tmp run var/lib/docker var/lib/containers; do
    mkdir -p $folder
    mount -t tmpfs none $folder
done
mkdir -p ".$share"
mount --bind "$share" ".$share"
# A group that has processes in it cannot hand its controllers on to the groups below it.
mkdir sys/fs/cgroup/init
echo $$ >sys/fs/cgroup/init/cgroup.procs
ip link set lo up
pivot_root . mnt # a chroot will not do: docker import mounts / anew
umount -l /mnt
cd /
echo ready
exec catatonit -P >/dev/null # reaps what the engines leave to pid 1
