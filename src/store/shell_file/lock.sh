# shellcheck shell=sh disable=SC2154 # what is set before
# Takes the lock of the folder, which is the current one; `$wait` is how long, in seconds.
lock=.pm2go.lock
while :; do
  (umask 077; : >>$lock) && exec 9<>$lock || exit 14
  flock -w "$wait" 9 || exit 11
  [ "$(stat -Lc %i /proc/self/fd/9 2>/dev/null)" = "$(stat -c %i $lock 2>/dev/null)" ] && break
  exec 9>&-
done
trap 'rm -f "$temporary" $lock' EXIT
