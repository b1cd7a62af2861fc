# shellcheck shell=sh disable=SC2154 # what is set before
# Puts the text in the place of the file.
temporary=$(mktemp .pm2go-XXXXXXXXXX.tmp) || exit 14
printf %s "$text" 2>/dev/null | cat >"$temporary" || exit 14
chmod 644 "$temporary" || exit 14
if [ -e "$name" ]; then chown --reference="$name" "$temporary" || exit 14; fi
sync "$temporary" || exit 14
mv -fT "$temporary" "$name" || exit 14
sync . || exit 14
