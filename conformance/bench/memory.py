# SPDX-License-Identifier: Apache-2.0
"""How much memory a verb takes, and how much disk the program."""

import json
import os
from typing import Callable

import networks
from figures import Figure, by_turns
from invocation import Call, Failed
from node import Node
from peers import Pair, Peer


def measure(pair: Pair, runs: int) -> list[Figure]:
    """Measures peak resident memory, page faults and file sizes."""
    ours, go = Node(pair.ours), Node(pair.go)
    network = networks.L2_FILTERED
    rows: dict[str, tuple[Figure, Figure]] = {}

    def once(node: Node) -> Callable[[], dict[str, tuple[int, int]]]:
        def calls() -> dict[str, tuple[int, int]]:
            container = node.next_container()
            version = Call("VERSION", {"cniVersion": "1.0.0"})
            add, delete = (node.call(verb, network, container) for verb in ("ADD", "DEL"))
            return {
                "VERSION": _usage(node, version),
                f"ADD {network.title}": _usage(node, add),
                f"DEL {network.title}": _usage(node, delete),
            }
        return calls

    for our_usage, go_usage in by_turns(min(runs, 5), once(ours), once(go)):
        for title, (resident, faults) in our_usage.items():
            memory, paging = rows.setdefault(
                title, (Figure(title, "KiB peak"), Figure(title, "page faults"))
            )
            memory.add(resident, go_usage[title][0])
            paging.add(faults, go_usage[title][1])
    for node in (ours, go):
        node.delete()
    size = Figure("size of the program", "KiB", ours=[_kib(pair.ours)], theirs=[_kib(pair.go)])
    return [figure for row in rows.values() for figure in row] + [size]


def _usage(node: Node, call: Call) -> tuple[int, int]:
    """Returns KiB and page faults of a plugin, the programs it starts included.

    A process counts what its parent had before it became the plugin. So a small shell starts it and
    ends, and the plugin falls to us: the first process of these namespaces.
    """
    read, write = os.pipe()
    os.write(write, json.dumps(call.configuration).encode())
    os.close(write)
    script = '"$0" <&3 3<&- >/dev/null 2>&1 &'
    with node.namespace.entered():
        shell = os.posix_spawn(
            "/bin/sh",
            ["sh", "-c", script, str(node.peer.program)],
            call.environment(node.peer),
            file_actions=[(os.POSIX_SPAWN_DUP2, read, 3)],
        )
    os.close(read)
    os.waitpid(shell, 0)
    _, status, used = os.wait4(-1, 0)
    if status != 0:
        raise Failed(f"{node.peer.name}: {call.command} ended with status {status}")
    return used.ru_maxrss, used.ru_minflt + used.ru_majflt


def _kib(peer: Peer) -> int:
    return peer.program.stat().st_size >> 10
