# shellcheck shell=sh disable=SC2154 # what is set before
# Tells which of these folders is the first that has a file of this name, and whether that is a mask.
for each in "$@"; do
  path=$each/$name
  if [ -L "$path" ] || [ -e "$path" ]; then
    mask=no
    if [ -L "$path" ]; then
      if [ "$(readlink "$path")" = /dev/null ]; then mask=yes; fi
    elif [ -f "$path" ] && ! [ -s "$path" ]; then mask=yes; fi
    printf 'other %s %s\n' "$mask" "$path"
    break
  fi
done
