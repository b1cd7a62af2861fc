# shellcheck shell=sh disable=SC2154 # what is set before
# In one line and without a single quote, so that every login shell hands it on as it is.
s=; n=$(printf "\nx"); n=${n%x}; while IFS= read -r l; do if [ "$l" = "MARK" ]; then eval "$s"; exit; fi; s=$s$l$n; done; exit 24
