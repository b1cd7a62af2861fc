# Runs `systemd --user` in this private mount namespace, and leaves nothing behind when it ends.
#
# Arguments: the runtime folder, the systemd program, the owner's process id, a mount point of cgroup v2
# ("" if there is none), the name of our cgroup, and "UID:GID" to become ("" to stay who we are).
# Standard input: a line asks for a stop, its end says that the owner is gone or tired of waiting.
# Standard output: what the owner waits for, a word and a value per line; its end says that all is gone.
# Standard error: the log.
set -u
runtime=$1 systemd=$2 owner=$3 cgroup2=$4 name=$5 become=$6
group= printer= reader=

# Every process of every unit is in our cgroup, so this reaches all of them, whatever they did since.
kill_group() {
    if [ -z "$group" ]; then
        return
    elif [ -e "$group/cgroup.kill" ]; then
        echo 1 >"$group/cgroup.kill"
    else
        kill_tree "$group" # kernels before 5.14
    fi
}

kill_tree() {
    while read -r process; do kill -s KILL "$process"; done <"$1/cgroup.procs"
    for child in "$1"/*/; do
        [ ! -d "$child" ] || kill_tree "${child%/}"
    done
}

remove_tree() {
    for child in "$1"/*/; do
        [ ! -d "$child" ] || remove_tree "${child%/}"
    done
    rmdir "$1" 2>/dev/null
}

# A killed process leaves its cgroup a moment later, and nothing tells a shell when.
remove_group() {
    tries=500
    while [ -n "$group" ] && [ -d "$group" ] && [ "$tries" -gt 0 ]; do
        kill_group
        remove_tree "$group" || sleep 0.01
        tries=$((tries - 1))
    done
}

leave() {
    remove_group
    exec 4>&-
    [ -z "$printer" ] || wait "$printer"
    [ -z "$reader" ] || kill "$reader" 2>/dev/null
    rm -rf -- "$runtime"
    exit "$1"
}

failed() {
    echo "failed $1"
    leave 1
}

# SIGUSR1 comes when the thread that started us ends. If the owner has other threads, one of them is our
# parent now, and all is well.
owner_left() {
    read -r status </proc/$$/stat || return 0
    status=${status##*) }
    status=${status#* }
    [ "${status%% *}" != "$owner" ]
}

print_log() {
    while IFS= read -r line; do printf '%s\n' "${line#<*>}"; done
}

signalled=
trap 'signalled=yes; if owner_left; then kill_group; fi' USR1
trap kill_group HUP INT TERM
exec 3<&0
echo started
if owner_left; then leave 1; fi

# systemd trusts /sys/fs/cgroup: show it the unified hierarchy there, and nothing else.
if [ -z "$cgroup2" ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || failed cgroup-mount
elif [ "$cgroup2" != /sys/fs/cgroup ]; then
    mount --bind "$cgroup2" /sys/fs/cgroup || failed cgroup-mount
fi
own=
while IFS=: read -r number controllers path; do
    [ "$number:$controllers" != 0: ] || own=${path%/}/$name
done </proc/self/cgroup
[ -n "$own" ] || failed cgroup-make
mkdir "/sys/fs/cgroup$own" || failed cgroup-make
group=/sys/fs/cgroup$own
echo "cgroup $own"

# systemd refuses to run for a user unless the machine was booted with it: /run/systemd/system says so.
[ -d /run/systemd ] || mkdir /run/systemd || failed folders
mount --bind "$runtime/run-systemd" /run/systemd || failed folders
[ ! -d /etc/systemd/user ] || mount --bind "$runtime/empty" /etc/systemd/user || failed folders

# A manager for a user writes its own messages to the console, the kernel or the journal, never to standard
# error; the kernel's end is the one that can be a pipe.
mkfifo "$runtime/messages" || failed folders
exec 4<>"$runtime/messages"
target=null
if [ -e /dev/kmsg ] && mount --bind "$runtime/messages" /dev/kmsg; then
    target=kmsg
    (
        exec <"$runtime/messages" 3<&- 4>&-
        print_log >&2
    ) &
    printer=$!
fi

set -- "$systemd" --user --log-target="$target" --log-level=info
[ -z "$become" ] || set -- unshare --user --map-user="${become%:*}" --map-group="${become#*:}" "$@"
(
    trap - USR1 HUP INT TERM
    exec </dev/null >&2 3<&- 4>&-
    exec /bin/sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" "$@"
) &
manager=$!
(
    trap - USR1 HUP INT TERM
    exec <&3 3<&- 4>&-
    if read -r request; then
        kill -s TERM "$manager"
        read -r request
    fi
    # The rest is for the case that somebody killed our parent; otherwise it does the same.
    remove_group
    rm -rf -- "$runtime"
    exit # so that this shell, and not rm, which closes its standard output early, ends the report
) &
reader=$!
echo "manager $manager"

signalled=yes
while [ -n "$signalled" ]; do
    signalled=
    wait "$manager"
done
leave 0
