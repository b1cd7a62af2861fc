# shellcheck shell=sh disable=SC2154 # what is set before
# Records that the unit's file was put here: one that cannot be recorded is only not known any more when it is gone.
(umask 022; mkdir -p .pm2go.units && : >>".pm2go.units/$name") 2>/dev/null
