# shellcheck shell=sh disable=SC2154 # what is set before
# Answers each of these questions by a word or some that end with a zero byte: the current folder, the program of a name, what
# there is at a path.
export LC_ALL=C
if [ "$other" = yes ] || [ -z "${HOME:-}" ]; then HOME=$(getent passwd "$(id -u)" | cut -d: -f6); fi
cd "${HOME:-/}" 2>/dev/null || cd /
say() { printf '%s\0' "$@"; }
program() {
  before=$IFS
  IFS=:
  set -f
  for each in $PATH; do
    case $each in
      /*) if [ -f "$each/$1" ] && executable "$each/$1"; then set +f; IFS=$before; say "$each/$1"; return; fi ;;
    esac
  done
  set +f
  IFS=$before
  say ''
}
executable() { case $(stat -Lc %a -- "$1" 2>/dev/null) in *[1357] | *[1357]? | *[1357]??) true ;; *) false ;; esac; }
# Whether everybody may do this with a path: 4 is read, 1 is go through a folder.
everybody() {
  mode=$(stat -Lc %a -- "$1" 2>/dev/null) || return
  [ $((0$mode & $2)) -ne 0 ]
}
access() {
  up=$1
  while ! [ -e "$up" ] && [ -n "$up" ]; do up=${up%/*}; done
  if [ "$up" != "$1" ]; then
    if [ -x "${up:-/}" ]; then say missing; else say unknown; fi
    return
  fi
  [ -f "$1" ] || { say missing; return; }
  path=$(readlink -f -- "$1")
  everybody "$path" 4 || { say restricted; return; }
  while [ -n "$path" ]; do
    path=${path%/*}
    everybody "${path:-/}" 1 || { say restricted; return; }
  done
  say everybody
}
path() {
  if [ -f "$1" ]; then
    if executable "$1"; then say program; else say file; fi
  elif [ -d "$1" ]; then say folder
  else say none; fi
  say "$(readlink -e -- "$1" 2>/dev/null)"
  access "$1"
}
