# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# How setup and the lab speak: one short line per event on stderr, one line per failure.

# say SUBJECT TEXT…
say() {
  printf '%s: %s\n' "$1" "${*:2}" >&2
}

# fail WHAT-IS-MISSING THE-COMMAND-THAT-MENDS-IT [STATUS]
fail() {
  printf '%s: %s; mend it with: %s\n' "${0##*/}" "$1" "$2" >&2
  exit "${3:-1}"
}
