# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with setup
#
# Packages from any suite without touching the system's apt: the machine's own source stanza is
# copied with its suite replaced, so that its mirror, proxy and keyring are used whatever they are.

host_codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

# Prints the configured entry of the host's own suite with SUITES instead; fails if there is none.
# Only the archive itself carries other suites, so -updates and -security entries do not match.
source_entry() {
  local suites=$1 eval_dirs list parts
  eval_dirs=$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)
  eval "$eval_dirs"
  local files=("$list" "${parts%/}"/*.list "${parts%/}"/*.sources) file
  for file in "${files[@]}"; do
    [[ -f $file ]] || continue
    case $file in
      *.sources) deb822_entry "$file" "$suites" ;;
      *) one_line_entry "$file" "$suites" ;;
    esac && return
  done
  return 1
}

deb822_entry() {
  awk -v own="^($host_codename|stable|oldstable)\$" -v suites="$2" '
    function field(name,   i, part) {
      for (i = 1; i <= NF; i++)
        if (tolower($i) ~ "^" name ":") { part = $i; sub(/^[^:]*:/, "", part); return part }
      return ""
    }
    function has(words, pattern,   n, i, word) {
      n = split(words, word, /[ \t]+/)
      for (i = 1; i <= n; i++) if (word[i] ~ pattern) return 1
      return 0
    }
    BEGIN { RS = ""; FS = "\n"; status = 1 }
    has(field("types"), "^deb$") && has(field("suites"), own) && has(field("components"), "^main$") &&
      tolower(field("enabled")) !~ /no|false/ {
      for (i = 1; i <= NF; i++) {
        if (tolower($i) ~ /^suites:/) print "Suites: " suites
        else if (tolower($i) ~ /^components:/) print "Components: main"
        else if (tolower($i) ~ /^types:/) print "Types: deb"
        else print $i
      }
      status = 0
      exit
    }
    END { exit status }' "$1"
}

one_line_entry() {
  awk -v own="^($host_codename|stable|oldstable)\$" -v suites="$2" '
    BEGIN { status = 1 }
    $1 == "deb" {
      at = 2
      if ($2 ~ /^\[/) while ($at !~ /\]$/ && at < NF) at++
      if ($2 ~ /^\[/) at++
      if ($(at + 1) !~ own || (" " $0 " ") !~ / main /) next
      head = $1
      for (i = 2; i <= at; i++) head = head " " $i
      n = split(suites, suite, " ")
      for (i = 1; i <= n; i++) print head, suite[i], "main"
      status = 0
      exit
    }
    END { exit status }' "$1"
}

# Where apt keeps its state for "SUITE…".
apt_state() {
  local foreign=''
  [[ $architecture == "$host_architecture" ]] || foreign=-$architecture
  echo "$host_cache/apt/${1// /+}$foreign"
}

# private_apt "SUITE…" COMMAND ARGUMENT…: runs an apt command that sees only those suites. The host's
# dpkg status stays in sight, unless it is of another architecture: it says which libraries need not be
# fetched.
private_apt() {
  local state command=$2 sources status=()
  state=$(apt_state "$1")
  [[ $architecture == "$host_architecture" ]] || status=(-o Dir::State::status=/dev/null)
  sources=$state/entry.$([[ -s $state/entry.list ]] && echo list || echo sources)
  "$command" -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
    "${status[@]}" \
    -o Dir::Etc::sourcelist="$sources" -o Dir::Etc::sourceparts=- \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
    -o Acquire::Languages=none -o Acquire::GzipIndexes=true -o Acquire::PDiffs=false \
    -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false \
    -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Debug::NoLocking=true \
    -o APT::Sandbox::User="$(id -un)" -o APT::Update::Post-Invoke::= -o APT::Default-Release= \
    "${@:3}"
}

# Fetches the package lists of SUITES unless that was done within the last twelve hours.
update_lists() {
  local suites=$1 state entry log
  state=$(apt_state "$suites")
  [[ -z $(find "$state/updated" -mmin -720 2>/dev/null) ]] || return 0
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  entry=$(source_entry "$suites") ||
    fail "apt has no source for Debian '$host_codename' main to take other suites from" \
      "adding one to /etc/apt/sources.list.d"
  rm -f "$state"/entry.*
  if [[ $entry == deb\ * ]]; then
    echo "$entry" >"$state/entry.list"
  else
    echo "$entry" >"$state/entry.sources"
  fi
  say apt "fetches the package lists of $suites"
  log=$state/update.log
  # apt-get update succeeds when a mirror cannot be reached, unless told otherwise.
  private_apt "$suites" apt-get -q -o APT::Update::Error-Mode=any update >"$log" 2>&1 ||
    fail "no package lists for '$suites' ($(grep -m1 '^[EW]:' "$log" || echo "see $log"))" \
      "apt-get update && conformance/setup"
  touch "$state/updated"
}

# find_version PACKAGE GLOB SUITE…: sets found_suite and found_version to the first suite that has a
# version matching GLOB (or, written ">=V", one not older than V).
find_version() {
  local package=$1 wanted=$2 suite version
  for suite in "${@:3}"; do
    update_lists "$suite"
    while read -r version; do
      if matches_version "$version" "$wanted"; then
        found_suite=$suite
        found_version=$version
        return
      fi
    done < <(private_apt "$suite" apt-cache madison "$package" | awk -F' *[|] *' '{ print $2 }')
  done
  fail "no suite of ${*:3} has $package $wanted any more" \
    "naming a version it has in conformance/setup.d/components"
}

# A glob is compared without the epoch.
matches_version() {
  if [[ $2 == '>='* ]]; then
    dpkg --compare-versions "$1" ge "${2#>=}"
  else
    # shellcheck disable=SC2053 # the right side is meant as a pattern
    [[ ${1#*:} == $2 ]]
  fi
}

# unpack DIR "SUITES" PACKAGE[=VERSION]…: fetches and unpacks the packages into DIR.
unpack() {
  local dir=$1 suites=$2 debs=$cache/.making/debs deb
  remove_tree "$debs"
  mkdir -p "$debs" "$dir"
  announce "$suites" "${@:3}"
  # apt draws its own progress bar where there is a terminal.
  local quiet=-qq
  [[ ! -t 2 ]] || quiet=-q=0
  (cd "$debs" && private_apt "$suites" apt-get $quiet download "${@:3}" >&2) ||
    fail "cannot fetch $3 from $suites" "rm '$(apt_state "$suites")/updated'; conformance/setup"
  merge_usr "$dir"
  for deb in "$debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$dir"
  done
  remove_tree "$debs"
}

announce() {
  local bytes more=''
  bytes=$(private_apt "$1" apt-get -qq --print-uris download "${@:2}" | awk '{ s += $3 } END { print s }')
  (($# == 2)) || more=" and $(($# - 2)) more"
  say "${name:-apt}" "fetches $2$more from $1, $(numfmt --to=iec "${bytes:-0}")B"
}

# Older packages still carry /bin, /sbin and /lib. With the links of a merged /usr there first, tar
# puts those files where every Debian since 12 has them, and the tree can be laid over a root.
merge_usr() {
  local folder
  for folder in bin sbin lib lib64; do
    mkdir -p "$1/usr/$folder"
    [[ -L $1/$folder ]] || ln -s "usr/$folder" "$1/$folder"
  done
}

# lacking "SUITES" PACKAGE…: sets lacking_packages to PACKAGE=VERSION for each package that installing
# PACKAGEs from the last of SUITES would add to this machine, dependencies included.
lacking() {
  local plan
  plan=$(private_apt "$1" apt-get -qq -s --no-install-recommends --no-remove -t "${1##* }" \
    install "${@:2}" 2>&1) ||
    fail "apt finds no way to the dependencies of ${*:2} ($(tail -1 <<<"$plan"))" \
      "apt-get --fix-broken install"
  mapfile -t lacking_packages < <(awk '$1 == "Inst" {
    version = $3 ~ /^\[/ ? $4 : $3
    sub(/^\(/, "", version)
    print $2 "=" version
  }' <<<"$plan")
}
