# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with run
#
# Boots the guest and waits for its end. On a host with far more work than processors, about one boot
# in a hundred hangs: QEMU 10.0's local APIC holds a timer interrupt in service (vector 236 in ISR)
# that the idle processor never handled, which blocks all others. As long as the command has not
# started nothing is lost, so a boot that hangs or panics is given up and made again, visibly.

attempts=3
# A boot takes 4 s, and 40 s at a load of ten per processor.
boot_seconds=120

# boot ARGUMENT…: the guest's standard input and output are ours.
boot() {
  local status attempt
  # Background jobs read from /dev/null unless told otherwise.
  exec 7<&0
  for ((attempt = 1; ; attempt++)); do
    status=0
    start_guest "$@" <&7 &
    guest=$!
    watch_boot "$guest" </dev/null >/dev/null 2>&1 &
    watch=$!
    wait "$guest" || status=$?
    guest=''
    kill "$watch" 2>/dev/null || true
    watch=''
    if [[ -e $run/started ]] || ((attempt == attempts)) || ! is_worth_another; then
      return "$status"
    fi
    say lab "the guest did not boot ($(why_not)), trying again"
    mv "$run/console" "$run/artefacts/lab-console-$attempt"
    rm -f "$run/stuck"
  done
}

# Becomes the guest; setpriv, because that must not outlive a run that is killed outright.
start_guest() {
  exec env LD_LIBRARY_PATH="$qemu/usr/lib/x86_64-linux-gnu" \
    setpriv --pdeathsig TERM timeout --foreground --kill-after=5 "$timeout" \
    setpriv --pdeathsig KILL "$qemu/usr/bin/$emulator" "${machine[@]}" "$@" \
    2>"$run/qemu"
}

# Ends a guest that has not started the command in time.
watch_boot() {
  local second
  for ((second = 0; second < boot_seconds; second++)); do
    [[ ! -e $run/started ]] || return 0
    sleep 1
  done
  touch "$run/stuck"
  kill "$1"
}

is_worth_another() { [[ -n $(why_not) ]]; }

# Why the guest did not boot, if that is a reason to try again. A guest that ended because of
# --timeout or could not be started at all is none.
why_not() {
  if [[ -e $run/stuck ]]; then
    echo "it was stuck for $boot_seconds seconds"
  else
    sed -n 's/.*Kernel panic - not syncing: //p' "$run/console" 2>/dev/null | tr -d '\r' | tail -1
  fi
}
