# shellcheck shell=sh disable=SC2154,SC2034 # what is set before, and what is used after
# Finds the program.
case $program in
  /*) path=$program ;;
  */*) path=${folder:-$PWD}/$program ;;
  *)
    path=
    before=$IFS
    set -f
    IFS=:
    for each in ${search:-$PATH}; do
      if [ -f "$each/$program" ] && [ -x "$each/$program" ]; then path=$each/$program; break; fi
    done
    set +f
    IFS=$before
    case $path in /*) ;; *) exit 21 ;; esac
    ;;
esac
