# shellcheck shell=sh disable=SC2154 # what is set before
# Those of the user whose shell it is. The variables of somebody who became him are not his.
me=$(id -u) || exit
if [ "$other" = yes ]; then unset XDG_CONFIG_HOME XDG_RUNTIME_DIR; HOME=$(getent passwd "$me" | cut -d: -f6); fi
echo "${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user"
echo "${XDG_RUNTIME_DIR:-/run/user/$me}/systemd/user"
