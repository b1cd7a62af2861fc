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
# What writers have left that were killed.
rm -f .pm2go-*.tmp
for each in .pm2go-*.lock; do
  [ -e "$each" ] || continue
  (exec 8<>"$each" && flock -n 8 &&
    [ "$(stat -Lc %i /proc/self/fd/8 2>/dev/null)" = "$(stat -c %i "$each" 2>/dev/null)" ] && rm -f "$each")
done
