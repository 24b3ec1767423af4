# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # shares its variables with run
#
# What became of the guest: its command's status, or why there is none.

# verdict QEMU-STATUS: brings the artefacts home and exits.
verdict() {
  bring_home
  [[ -z $verbose ]] || report_boot
  if [[ -s $run/status ]]; then
    exit "$(<"$run/status")"
  fi
  show_console
  # timeout(1) says 124, or 137 when it had to kill.
  if (($1 == 124 || $1 == 137)); then
    say lab "ended after $timeout seconds, the command had not finished"
    exit 124
  fi
  if grep -q 'Kernel panic' "$run/console" 2>/dev/null; then
    say lab "the guest's kernel panicked"
  elif grep -qv 'warning:' "$run/qemu"; then
    say lab "QEMU failed: $(grep -v 'warning:' "$run/qemu" | tail -1)"
  else
    say lab "the guest ended before the command had finished"
  fi
  exit 125
}

# The last run's artefacts only: leftovers of an earlier one would pass for this one's. The lock is
# for runs that end at once.
bring_home() {
  local name
  for name in console dmesg; do
    [[ ! -s $run/$name ]] || cp "$run/$name" "$run/artefacts/lab-$name"
  done
  touch "$run/artefacts/.lab"
  (
    flock 9
    rm -rf "${results:?}"
    mkdir -p "$(dirname "$results")"
    mv -T "$run/artefacts" "$results"
  ) 9>"$cache/runs/.lock"
}

# Nobody's own files are deleted because they are where --results points.
require_own_results() {
  [[ $results == "$project/conformance/.results/lab" || ! -e $results || -e $results/.lab ||
    -z $(ls -A "$results") ]] ||
    fail "'$results' holds other things than the lab's results" "choosing a new folder" 125
}

show_console() {
  [[ -s $run/console ]] || return 0
  say lab "the end of the guest's console:"
  tail -n 40 "$run/console" | tr -d '\r' | sed 's/^/  | /' >&2
}

report_boot() {
  [[ ! -e $run/started ]] || say lab \
    "kernel $(<"$cache/kernel/$kernel/release"), command started after $(seconds_between \
      "$run/request" "$run/started") s"
}

# The guest's files carry the host's clock: the share is the host's file system.
seconds_between() {
  stat -c %.Y "$1" "$2" | awk 'NR == 1 { from = $1 } NR == 2 { printf "%.1f", $1 - from }'
}
