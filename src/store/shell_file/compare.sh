# shellcheck shell=sh disable=SC2154 # what is set before
# Goes on if the file holds what is expected, or is not there where nothing is known of it.
if [ -L "$name" ]; then exit 12; fi
if [ -e "$name" ]; then
  [ -f "$name" ] || exit 12
  [ "$known" = yes ] && printf %s "$expected" | cmp -s - "$name" || exit 13
elif [ "$known" = yes ]; then exit 13; fi
