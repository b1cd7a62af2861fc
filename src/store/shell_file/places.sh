# shellcheck shell=sh disable=SC2154,SC2034 # what is set before, and what is told by its name
# Tells the variables that say where a user's unit files are. Those of somebody who became him are not his.
me=$(id -u) || exit
if [ "$other" = yes ]; then
  unset HOME XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR
fi
HOME=${HOME:-$(getent passwd "$me" | cut -d: -f6)}
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$me}
for each in HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS; do
  eval "value=\${$each:-}"
  if [ -n "$value" ]; then printf '%s=%s\n' "$each" "$value"; fi
done
