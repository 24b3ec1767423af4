# SPDX-License-Identifier: Apache-2.0
"""How often a verb asks the kernel: numbers that no noise disturbs."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import networks
from figures import Figure
from invocation import Call
from node import Node
from peers import Pair

_NETLINK_SEND = re.compile(r"^\d+ +(?:sendto|sendmsg)\(\d+<NETLINK:")
_STARTED = re.compile(r"^\d+ +execve\(.*(?:= 0| <unfinished \.\.\.>)$")
_CALL = re.compile(r"^\d+ +[a-z_0-9]+\(")


@dataclass(frozen=True)
class Count:
    """What one verb did, the programs it started included."""

    requests: int
    programs: int
    calls: int


def count(node: Node, call: Call) -> Count:
    """Runs the call under strace."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "strace"
        node.serve(call, through=("strace", "-f", "-qq", "-yy", "-s", "0", "-o", str(log), "--"))
        lines = log.read_text(errors="replace").splitlines()
    return Count(
        requests=sum(bool(_NETLINK_SEND.match(line)) for line in lines),
        programs=sum(bool(_STARTED.match(line)) for line in lines) - 1,
        calls=sum(bool(_CALL.match(line)) for line in lines),
    )


def measure(pair: Pair, runs: int) -> list[Figure]:
    """Counts netlink requests, programs started and system calls of each verb."""
    ours, go = Node(pair.ours), Node(pair.go)
    figures = _compare("VERSION", [_version(ours), _version(go)])
    for network in networks.ALL:
        for node in (ours, go):
            node.add_and_delete(network)
        our_add, our_delete = _verbs(ours, network)
        go_add, go_delete = _verbs(go, network)
        figures += _compare(f"ADD {network.title}", [our_add, go_add])
        figures += _compare(f"DEL {network.title}", [our_delete, go_delete])
    for node in (ours, go):
        node.delete()
    return figures


def _version(node: Node) -> Count:
    return count(node, Call("VERSION", {"cniVersion": "1.0.0"}))


def _verbs(node: Node, network: networks.Network) -> tuple[Count, Count]:
    container = node.next_container()
    added = count(node, node.call("ADD", network, container))
    return added, count(node, node.call("DEL", network, container))


def _compare(title: str, counts: list[Count]) -> list[Figure]:
    figures = []
    for unit, field in (
        ("netlink requests", "requests"),
        ("programs", "programs"),
        ("system calls", "calls"),
    ):
        ours, go = (getattr(one, field) for one in counts)
        figures.append(Figure(title, unit, ours=[ours], theirs=[go]))
    return figures
