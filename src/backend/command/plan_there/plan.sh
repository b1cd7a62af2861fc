# shellcheck shell=sh disable=SC2154 # what is set before
# Does in a copy of the folders of unit files what is only to be told. The arguments are what systemctl is told; $folders are those
# that are copied.
export LC_ALL=C
copy=$(mktemp -d) || exit 14
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT PIPE TERM
take() {
  if [ -e "$1" ] || [ -L "$1" ]; then cp -a --parents -- "$1" "$copy" 2>/dev/null; fi
}
system() {
  # Where one is a link to the other, it is so in the copy.
  if [ -L /lib ]; then
    mkdir -p "$copy/usr/lib"
    ln -s "$(readlink /lib)" "$copy/lib"
  fi
  eval "for each in $folders; do take \"\$each\"; done"
  # What links lead to that is somewhere else.
  find "$copy" -type l -lname '/*' ! -lname /dev/null -exec readlink {} \; | while IFS= read -r each; do
    if [ -f "$each" ] && ! [ -e "$copy$each" ]; then take "$each"; fi
  done
  printf 'copy %s\n' "$copy"
  set -- "--root=$copy" "$@"
  if [ "$scope" = global ]; then set -- --global "$@"; fi
  systemctl --no-pager "$@"
}
user() {
  if [ "$other" = yes ]; then unset HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR; fi
  HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
  config=${XDG_CONFIG_HOME:-$HOME/.config}
  runtime=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
  export HOME
  for pair in "config:$config" "run:$runtime"; do
    mkdir -p "$copy/${pair%%:*}/systemd"
    for each in user user.control user-preset transient generator generator.late; do
      from=${pair#*:}/systemd/$each
      if [ -d "$from" ]; then cp -a -- "$from" "$copy/${pair%%:*}/systemd/"; fi
    done
    printf 'moved %s %s\n' "$copy/${pair%%:*}" "${pair#*:}"
  done
  # A link leads to the copy of what it led to.
  find "$copy" -type l | while IFS= read -r each; do
    to=$(readlink "$each")
    case $to in
      "$config"/*) ln -sfn "$copy/config/${to#"$config"/}" "$each" ;;
      "$runtime"/*) ln -sfn "$copy/run/${to#"$runtime"/}" "$each" ;;
    esac
  done
  SYSTEMCTL_INSTALL_CLIENT_SIDE=1 XDG_CONFIG_HOME=$copy/config XDG_RUNTIME_DIR=$copy/run \
    systemctl --no-pager --user "$@"
}
export SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_COLOR=0 SYSTEMD_LOG_LEVEL=info SYSTEMCTL_SKIP_SYSV=1 SYSTEMD_COLORS=0 SYSTEMD_URLIFY=0
if [ "$scope" = user ]; then user "$@" 2>&1; else system "$@" 2>&1; fi
echo "ended $?"
exit 0
