# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with setup
#
# A component is a file setup.d/components/NAME.bash that sets
#   about    one line for --help
#   product  its folder in the cache
#   size     MiB it may take while it is being made (downloads included)
#   needs    components that must be there first (may be empty)
#   inputs   further files of the project it is made from (may be empty)
#   is_tool  whether it runs on this machine, even if it is needed for another architecture (may be empty)
# and defines `make_component DIR`, which fills the empty folder DIR.

components=$here/setup.d/components

is_component() {
  [[ -f $components/$1.bash ]]
}

describe_components() {
  local file
  for file in "$components"/*.bash; do
    (
      # shellcheck source=/dev/null # whichever there are
      source "$file"
      printf '  %-13s %s\n' "$(basename "$file" .bash)" "${about:?}"
    )
  done
}

# What a component was made from: when any of it changes, the component is made again. The host's
# release counts because it decides which libraries are lacking, as does where the cache lies.
recipe() {
  # shellcheck disable=SC2086 # inputs is a list of words
  { echo "$host_codename"; cat "$components/$1.bash" $inputs; } | sha256sum | cut -d' ' -f1
}

# Makes component NAME unless it is there. It is made in a folder of its own and renamed into place,
# so that an interrupted setup leaves either nothing or everything.
provide() {
  local name=$1 about product size needs='' inputs='' is_tool='' wanted need
  # shellcheck source=/dev/null # whichever is asked for
  source "$components/$name.bash"
  local cache=$cache architecture=$architecture
  [[ -z $is_tool ]] || { cache=$host_cache architecture=$host_architecture; }
  wanted=$(recipe "$name")
  if [[ $(cat "$cache/$product/.recipe" 2>/dev/null) == "$wanted" ]]; then
    say "$name" "there already"
    return
  fi
  for need in $needs; do
    provide_apart "$need"
  done
  require_space "$size" "$name"
  # Absolute, because a component may be made from inside another folder.
  local staging=$cache/.making/$name
  remove_tree "$staging"
  mkdir -p "$staging"
  ( set -e; make_component "$staging" )
  echo "$wanted" >"$staging/.recipe"
  remove_tree "$cache/${product:?}"
  mkdir -p "$(dirname "$cache/$product")"
  mv "$staging" "$cache/$product"
  say "$name" "ready, $(du -sh "$cache/$product" | cut -f1)"
}

# A subshell keeps the needed component's variables and make_component from replacing ours.
provide_apart() {
  ( provide "$1" )
}

remove_tree() {
  # Go's caches and some packages hold read-only folders.
  [[ ! -e $1 ]] || { chmod -R u+w "$1" && rm -rf "$1"; }
}

require_space() {
  local free
  free=$(df --output=avail -BM "$cache" | tail -1 | tr -dc 0-9)
  ((free >= $1)) || fail "no disk space for $2: '$cache' has $free MiB free, $1 MiB are needed" \
    "CONFORMANCE_CACHE=DIR conformance/setup $2"
}

require_tools() {
  local tool
  [[ $host_architecture == amd64 ]] ||
    fail "this is no Debian amd64 machine" "running it in a Debian 12 or 13 container"
  for tool in apt-get:apt apt-cache:apt awk:mawk flock:util-linux sha256sum:coreutils xz:xz-utils; do
    command -v "${tool%:*}" >/dev/null ||
      fail "'${tool%:*}' is missing" "apt-get install ${tool#*:}"
  done
}
