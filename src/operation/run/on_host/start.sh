# shellcheck shell=sh disable=SC2154,SC2086 # what is set before, `run` among it
# Starts the service with the streams of this shell, after a mark on each of those that are read.
if [ "$scope" = user ]; then export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"; fi
export LC_ALL=C SYSTEMD_LOG_COLOR=0
[ -z "$file" ] || set -- --property=EnvironmentFile="$file"
echo "$mark" || exit 24
echo "$mark" >&2 || exit 24
run "$@" || exit 23
