# Runs `systemd --user` and a journal in this private mount namespace, and leaves nothing behind when it ends.
#
# Arguments: the runtime folder, the programs systemd and systemd-journald, the owner's process id, a mount point of
# cgroup v2 ("" if there is none), the name of our cgroup, and "UID:GID" to become ("" to stay who we are).
# Standard input: a line asks for a stop, its end says that the owner is gone or wants nothing any more.
# Standard output: what the owner waits for, a word and a value per line; its end says that all is gone.
# Standard error: what is said before there is a journal, and by it.
# The pipe `begin` of the runtime folder: a line says that the journal listens.
set -u
runtime=$1 systemd=$2 journald=$3 owner=$4 cgroup2=$5 name=$6 become=$7
group= reader= journal=

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

# It takes in what it was told, and ends.
end_journal() {
    if [ -e "$group/journal/cgroup.procs" ]; then
        while read -r process; do kill -s TERM "$process"; done <"$group/journal/cgroup.procs"
    fi
    wait "$journal"
}

# The owner reads the journal before it lets go, which is the end of the reader.
leave() {
    [ -z "$journal" ] || end_journal
    remove_group
    (echo ended) # a process of its own, which ends where nobody reads it any more
    while [ -n "$reader" ] && ! owner_left && kill -0 "$reader" 2>/dev/null; do wait "$reader"; done
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

owner_may_be_gone() {
    signalled=yes
    if owner_left; then
        kill_group
        [ -z "$reader" ] || kill "$reader" 2>/dev/null
    fi
}

signalled=
trap owner_may_be_gone USR1
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
[ -d /run/log ] || mkdir /run/log || failed folders
mount --bind "$runtime/run-log" /run/log || failed folders

# A journal is one of a machine. Where this one has no name yet, as in an image, it gets one here alone.
id=
[ ! -e /etc/machine-id ] || read -r id </etc/machine-id
if [ "${#id}" != 32 ]; then
    tr -d - </proc/sys/kernel/random/uuid >"$runtime/machine-id"
    [ -e /etc/machine-id ] || : >/etc/machine-id || failed machine-id
    mount --bind "$runtime/machine-id" /etc/machine-id || failed machine-id
fi

as_owner= uid=$(id -u)
if [ -n "$become" ]; then
    uid=${become%:*}
    as_owner="--user --map-user=$uid --map-group=${become#*:}"
fi

# journald finds out by its control group which unit a process is of, and then in its user's runtime folder which run of
# it: below the root that it sees itself, both have the names that they have on a machine. Since systemd 256 it ends where
# PID 1 is not below that root, too (`cg_pid_get_path` of src/basic/cgroup-util.c).
echo 0::/ >"$runtime/cgroup-of-init"
mount --bind "$runtime/cgroup-of-init" /proc/1/cgroup || failed folders
managers=user.slice/user-$uid.slice/user@$uid.service
mkdir -p "$group/journal" "$group/$managers" || failed cgroup-make
[ -d /run/user ] || mkdir /run/user || failed folders
ln -s "$runtime" "$runtime/run-user/$uid" && mount --bind "$runtime/run-user" /run/user || failed folders
in_group='echo $$ >"$1/cgroup.procs" && shift && exec "$@"'
(
    trap - USR1 HUP INT TERM
    exec </dev/null 3<&-
    # shellcheck disable=SC2086 # options, without a space in any of them
    # By default it says to the kernel what it lacks, and also what it does well without.
    SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=err NOTIFY_SOCKET=$runtime/journal-ready /bin/sh -c "$in_group" sh "$group" \
        unshare --cgroup $as_owner /bin/sh -c "$in_group" sh "$group/journal" "$journald" >&2
    echo journal-ended
) &
journal=$!

# Control groups have processes or hand on controllers: the journal has left ours when it listens.
begin='
    read -r line <"$1" || exit
    for below in "" /user.slice "/${3%/*}"; do
        for controller in $(cat "$2$below/cgroup.controllers"); do
            echo "+$controller" >"$2$below/cgroup.subtree_control"
        done
    done 2>/dev/null
    shift 3 && exec "$@"'
set -- "$systemd" --user --log-target=journal --log-level=info
# shellcheck disable=SC2086 # see above
[ -z "$become" ] || set -- unshare $as_owner "$@"
(
    trap - USR1 HUP INT TERM
    exec </dev/null >&2 3<&-
    exec /bin/sh -c "$in_group" sh "$group/$managers" /bin/sh -c "$begin" sh "$runtime/begin" "$group" "$managers" "$@"
) &
manager=$!
(
    trap - USR1 HUP INT TERM
    exec <&3 3<&-
    if read -r request; then
        # One that has ended may have left its number to another.
        [ ! -d "$group" ] || kill -s TERM "$manager"
        read -r request
    fi
    # Also for the case that somebody killed our parent; otherwise it does the same.
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
