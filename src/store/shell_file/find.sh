# shellcheck shell=sh disable=SC2154 # what is set before
# Prints where the file of a unit is: in the first of the manager's folders that has it.
if [ "$other" = yes ]; then
  unset XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME XDG_RUNTIME_DIR="/run/user/$(id -u)"
fi
folders=$(LC_ALL=C systemd-analyze "--$scope" unit-paths) || exit 1
printf '%s\n' "$folders" | while IFS= read -r folder; do
  if [ -e "$folder/$name" ]; then printf '%s\n' "$folder/$name"; break; fi
done
