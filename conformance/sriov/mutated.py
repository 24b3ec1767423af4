# SPDX-License-Identifier: Apache-2.0
"""Calls with mutated configurations, variables and answers of the IPAM plugin, on a VF that is there."""

import itertools
import pathlib
import sys

from rig import Failed, expect

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / folder) for folder in ("fuzz/executables", "fuzz/parsers", "adversary")]

import calls  # noqa: E402
import node  # noqa: E402
from plugin import Plugin  # noqa: E402
from verdict import judged  # noqa: E402

SEED, CALLS = 1, 150


def case_mutated(rig):
    """whatever ADD is given, it fails and changes nothing, or DEL removes it"""
    node.make_ipam()
    rig.namespace("pod")
    made = (calls.make(SEED, number) for number in itertools.count())
    added = 0
    for call in itertools.islice((call for call in made if call.plugin == "sriov"), CALLS):
        try:
            added += perform(rig, call)
            rig.unchanged()
        except Failed as failure:
            raise Failed(f"call {call.number} of seed {SEED}: {failure}\n{call}") from None
    expect(added >= 5, f"only {added} of {CALLS} calls have made an attachment")


def perform(rig, call):
    """Makes the call, and a DEL of what it has made; says whether that was anything."""
    text = call.stdin.replace(calls.VF.encode(), rig.vfs[0].address.encode())
    pathlib.Path("/run/ipam.answer").write_bytes(call.answer)
    plugin = Plugin(pathlib.Path(rig.plugin), {})
    # Forgets the peak of this process, which counts as the child's.
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    answer = plugin.raw(text, call.environment)
    faults = judged(call.command, answer)
    is_made = call.command == "ADD" and answer.status == 0
    if is_made:
        answer = plugin.raw(text, {**call.environment, b"CNI_COMMAND": b"DEL"})
        faults += judged("DEL", answer) + ([str(answer)] if answer.status else [])
    expect(not faults, "; ".join(faults))
    return is_made
