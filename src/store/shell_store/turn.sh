# shellcheck shell=sh disable=SC2154 # what is set before
# Waits for the turn with one unit, tells whether it is there, and keeps it until nobody speaks any more.
umask 022
mkdir -p "$folder" && cd "$folder" || exit 10
while :; do
  (umask 077; : >>"$lock") && exec 9<>"$lock" || exit 14
  flock -w "$wait" 9 || exit 11
  [ "$(stat -Lc %i /proc/self/fd/9 2>/dev/null)" = "$(stat -c %i "$lock" 2>/dev/null)" ] && break
  exec 9>&-
done
trap 'rm -f "$lock"' EXIT
trap 'exit 0' HUP INT PIPE TERM
echo taken
exec >/dev/null
cat
