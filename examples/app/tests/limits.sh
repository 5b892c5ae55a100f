#!/bin/sh
# Run a command under the limits of the container: a read-only root file system with /tmp in memory, user and group
# 1000, no capabilities, and no way to get any. The root file system has only the system's programs, Python, the
# application and the certificate authority. Each process starts in its own mount namespace, which `unshare` makes.
#
# limits.sh ROOT APP VENV PYTHON CA COMMAND...     (ROOT is an empty folder, and becomes the root file system)
set -eu
root=$1 app=$2 venv=$3 python=$4 ca=$5
shift 5

bind() { # SOURCE TARGET [--rbind]
    mkdir -p "$root$2"
    mount "${3:---bind}" "$1" "$root$2"
}

mount -t tmpfs -o mode=755 tmpfs "$root"
for path in /bin /sbin /lib /lib32 /lib64 /usr /etc /dev /proc; do
    if [ -L "$path" ]; then
        cp -P "$path" "$root$path"
    elif [ -d "$path" ]; then
        bind "$path" "$path" --rbind
    fi
done
case $python in
    /usr | /usr/*) ;;
    *) bind "$python" "$python" ;;
esac
bind "$app" /app
bind "$venv" /venv
bind "$ca" /ca
mkdir "$root/tmp"
# A remount must repeat the options that the mount has: a user namespace cannot remove them.
findmnt --submounts --noheadings --raw --output TARGET,VFS-OPTIONS "$root" | while read -r target options; do
    mount -o "remount,bind,ro${options#rw}" "$target"
done
mount -t tmpfs -o noexec,nosuid,nodev,size=256m,mode=1777 tmpfs "$root/tmp"

user="--reuid=1000 --regid=1000 --clear-groups"
if [ "$(id -u)" = 1000 ]; then # in a user namespace, which maps no other user
    user=""
fi
# shellcheck disable=SC2086 # several arguments
exec chroot "$root" setpriv $user --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all \
    sh -c 'cd /app && exec "$@"' sh "$@"
