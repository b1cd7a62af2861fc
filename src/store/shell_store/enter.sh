# shellcheck shell=sh disable=SC2154 # what is set before
# Tells the time there, enters the folder, and tells what writers have left in it.
export LC_ALL=C
date '+now %s.%6N'
[ -d "$folder" ] || exit 0
cd "$folder" || exit 10
if [ -e .pm2go.lock ]; then echo unfinished; fi
if [ -e ".pm2go-$name.lock" ]; then echo turn; fi
for each in .pm2go.units/*; do
  if [ -e "$each" ]; then printf 'record %s\n' "${each#.pm2go.units/}"; fi
done
