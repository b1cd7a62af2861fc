# shellcheck shell=sh disable=SC2154 # what is set before
# Writes a file of variables that only its owner and systemd can read, which goes with this shell.
file=
if [ -n "$variables" ]; then
  for each in "$runtime" "${XDG_RUNTIME_DIR:-}" /tmp; do
    if [ -n "$each" ] && [ -d "$each" ] && [ -w "$each" ]; then break; fi
  done
  trap 'rm -f "$file"' EXIT
  trap 'exit 22' HUP INT PIPE TERM
  file=$(umask 077; mktemp "$each/pm2go-run-XXXXXXXXXX.env") || exit 22
  printf %s "$variables" 2>/dev/null | cat >"$file" || exit 22
fi
