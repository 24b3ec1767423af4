# SPDX-License-Identifier: Apache-2.0
"""What is wrong with how a plugin behaved in a call."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from calls import Call
from node import Node
from plugin import Answer, Plugin

# What the plugins promise for any input, in KiB.
MEMORY = 64 << 10


def perform(call: Call, folder: Path, node: Node, added: Counter[str]) -> list[str]:
    """Makes the call, and a DEL of what an ADD has made; returns what breaks a promise.

    Attachments that were made are counted: calls that are all refused would show little.
    """
    plugin = Plugin(folder / call.plugin, {})
    Path("/run/ipam.answer").write_bytes(call.answer)
    # What this process has used until its exec counts as the child's (`linux/fs/exec.c`): forget the peak.
    Path("/proc/self/clear_refs").write_text("5")
    answer = plugin.raw(call.stdin, call.environment)
    faults = judged(call.command, answer)
    if call.command == "ADD" and answer.status == 0:
        added[call.plugin] += 1
        removal = plugin.raw(call.stdin, {**call.environment, b"CNI_COMMAND": b"DEL"})
        faults += [f"DEL of what was added: {fault}" for fault in judged("DEL", removal)]
        if removal.status:
            faults.append(f"DEL of what was added: {removal}")
        node.drop_bridges()
    state = node.state()
    if state != node.clean:
        changes = [*(f"left: {fact}" for fact in sorted(state - node.clean)),
                   *(f"gone: {fact}" for fact in sorted(node.clean - state))]
        word = f"{call.command or 'no command'} with status {answer.status}"
        faults += [f"{word}: {change}" for change in changes[:3] + changes[3:][-3:]]
        node.clear()
    return faults


def judged(command: str, answer: Answer) -> list[str]:
    """What breaks the protocol, or takes too much."""
    faults = list(answer.faults)
    if answer.peak > MEMORY:
        faults.append(f"{answer.peak >> 10} MiB of memory")
    if answer.status == 0 and command in ("ADD", "VERSION") and not _is_object(answer.output):
        faults.append(f"success without one JSON object: {answer.output[:200]!r}")
    if answer.status == 0 and command not in ("ADD", "VERSION") and answer.output:
        faults.append(f"success with output: {answer.output[:200]!r}")
    return faults


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
