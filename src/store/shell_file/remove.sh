# shellcheck shell=sh disable=SC2154 # what is set before
# Removes the file.
temporary=
if [ -e "$name" ]; then rm -f "$name" || exit 14; sync . || exit 14; fi
