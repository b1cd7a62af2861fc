# shellcheck shell=sh disable=SC2154 # what is set before
# Tells what stands under each of these names: what it is, how long its name and its content are, when it was written; then
# both.
tell() { printf '%s %s %s %s\n%s%s\n' "$1" "${#2}" "${#3}" 0 "$2" "$3"; }
for each in "$@"; do
  if [ -L "$each" ]; then tell link "$each" "$(readlink "$each")"
  elif [ -f "$each" ]; then
    {
      of=$(stat -Lc '%s %.6Y' /proc/self/fd/3)
      if [ "${of% *}" -gt "$largest" ]; then tell large "$each" ''
      else
        printf 'file %s %s\n%s' "${#each}" "$of" "$each"
        head -c "${of% *}" <&3
        echo
      fi
    } 3<"$each" || tell unreadable "$each" ''
  elif [ -d "$each" ]; then tell folder "$each" ''
  elif [ -p "$each" ]; then tell pipe "$each" ''
  elif [ -S "$each" ]; then tell socket "$each" ''
  elif [ -e "$each" ]; then tell device "$each" ''
  fi
done
