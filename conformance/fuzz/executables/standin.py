# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for plugins, each of which breaks one promise: each must be noticed."""

import dataclasses
from collections import Counter
from pathlib import Path

import calls
import plugin
from node import Node
from verdict import perform

_ERROR = '''echo '{"code": 7, "msg": "no"}' '''
# What a stand-in does, and what must be said of it.
_BROKEN = {
    "exit 3": "ended with status 3",
    "kill -SEGV $$": "ended with status -11",
    "sleep 60": "no answer within",
    "exit 1": "failed without an error object",
    f"{_ERROR}; {_ERROR}; exit 1": "not one JSON document",
    "echo '{}' x": "not one JSON document",
    "echo '[]'": "success without one JSON object",
    f"exec python3 -c 'x = bytearray(80 << 20); print(\"{{}}\")'": "MiB of memory",
    f"ip link add left0 type veth peer name left1; {_ERROR}; exit 1": "left: host link left0",
    f"ip -n pod link add left0 type veth peer name left1; {_ERROR}; exit 1": "left: pod link left0",
    f"nft add table inet left; {_ERROR}; exit 1": "table 1 left",
    f"ip -n pod address add 192.0.2.9/32 dev eth0; {_ERROR}; exit 1": "192.0.2.9",
    f"ip -n pod link delete eth0; {_ERROR}; exit 1": "gone: pod link eth0",
    f"mkdir -p /var/lib/cni; touch /var/lib/cni/left; {_ERROR}; exit 1": "file /var/lib/cni/left",
    f"sleep 60 >/dev/null 2>&1 & {_ERROR}; exit 1": "process ",
    "[ $CNI_COMMAND = DEL ] || { ip -n pod link add left0 type veth peer name left1; echo '{}'; }": "left: pod link left0",
    "[ $CNI_COMMAND = ADD ] && echo '{}'": "DEL of what was added",
}


def verdict(node: Node) -> str:
    """Returns the closing line, after one for each fault that nobody noticed."""
    plugin.DEADLINE = 1
    folder = Path("/tmp/standin")
    call = dataclasses.replace(calls.make(1, 0), environment={
        b"CNI_COMMAND": b"ADD", b"PATH": b"/usr/sbin:/usr/bin:/sbin:/bin"})
    lines = []
    for number, (script, wanted) in enumerate([(f"{_ERROR}; exit 1", ""), *_BROKEN.items()]):
        folder.mkdir(exist_ok=True)
        program = folder / call.plugin
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        node.clean = node.state()
        faults = perform(call, folder, node, Counter())
        if not any(wanted in fault for fault in faults) if wanted else faults:
            lines.append(f"FAIL  stand-in {number} ({script}): {faults}")
    lines.append(f"tried {len(_BROKEN) + 1} {len(lines)} 1 1")
    return "\n".join(lines)
