# shellcheck shell=sh disable=SC2154 # what is set before
# Removes these drop-ins, and then the folder that they are in; and the record of the unit.
for each in "$@"; do rm -f "$name.d/$each" || exit 14; done
if [ "$whole" = yes ] && [ -d "$name.d" ]; then rmdir "$name.d" 2>/dev/null || echo "left $PWD/$name.d"; fi
sync . || exit 14
rm -f ".pm2go.units/$name" 2>/dev/null
rmdir .pm2go.units 2>/dev/null
exit 0
