# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # shares its variables with run
#
# What the guest is told, as files in the run's folder.

# write_request COMMAND…
write_request() {
  local name rows=24 columns=80 environment=(
    LAB_ARTEFACTS=/run/lab/artefacts "LAB_KERNEL=$kernel" "CONFORMANCE_CACHE=$cache"
  )
  for name in PATH HOME LANG TERM CI; do
    [[ -z ${!name:-} ]] || environment+=("$name=${!name}")
  done
  for name in "${variables[@]}"; do
    [[ $name == *=* ]] || name=$name=${!name:-}
    environment+=("$name")
  done
  [[ $mode != on_terminal ]] || read -r rows columns <<<"$(stty size)"
  local command=("$@") directory=$project
  # declare -p quotes for the shell that reads this; there the variables exist already.
  declare -p environment command directory mode rows columns | sed 's/^declare -[^ ]* //' \
    >"$run/request"
  echo "$here/guest/session" >"$run/session"
  # A guest that does not run on this machine's root must mount the project and the cache.
  if [[ $arch == amd64 ]]; then
    echo "/cache/kernel/$kernel/layer:/cache/guest" >"$run/layers"
  else
    echo "/cache/kernel/$kernel/layer" >"$run/layers"
    echo "$project" >"$run/project"
    echo "$cache" >"$run/cache"
  fi
}
