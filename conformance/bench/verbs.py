# SPDX-License-Identifier: Apache-2.0
"""How long VERSION, ADD and DEL take."""

from typing import Callable

import networks
from background import Filter, add_ports, add_unrelated_rules
from figures import Figure, Target, by_turns
from invocation import Call, succeed
from networks import Network
from node import Node
from peers import Pair

MILLISECOND = 1e6
UNRELATED_RULES = 10_000
OTHER_PORTS = range(1_000)

Prepare = Callable[[Node, Filter], None]


def version(pair: Pair, runs: int) -> list[Figure]:
    """Times VERSION, which does nothing: the start and the end of a process."""
    figure = Figure("VERSION", "ms", target=Target(1.0))
    call = Call("VERSION", {"cniVersion": "1.0.0"})

    def once(peer) -> Callable[[], float]:
        return lambda: succeed(peer, call).nanoseconds / MILLISECOND

    # A start is short: more of them cost little and say more.
    for ours, go in by_turns(runs * 5, once(pair.ours), once(pair.go)):
        figure.add(ours, go)
    return [figure]


def empty(pair: Pair, runs: int) -> list[Figure]:
    """Times ADD and DEL on a node with nothing else."""
    targets = {networks.L2_FILTERED: (Target(0.30), Target(0.55))}
    return _on_nodes(pair, runs, networks.ALL, "", lambda node, kind: None, targets)


def unrelated(pair: Pair, runs: int) -> list[Figure]:
    """Times ADD and DEL on a node with many rules that are no business of ours."""
    targets = {networks.L2_FILTERED: (Target(0.05), None)}
    return _on_nodes(
        pair, runs, networks.ALL, ", 10,000 rules",
        lambda node, kind: add_unrelated_rules(node, UNRELATED_RULES), targets,
    )


def crowded(pair: Pair, runs: int) -> list[Figure]:
    """Times ADD and DEL on a node with many other filtered ports."""
    return _on_nodes(
        pair, runs, (networks.L2_FILTERED,), ", 1000 ports",
        lambda node, kind: add_ports(node, kind, OTHER_PORTS, pair.ours), {},
    )


def _on_nodes(
    pair: Pair,
    runs: int,
    subjects: tuple[Network, ...],
    suffix: str,
    prepare: Prepare,
    targets: dict[Network, tuple[Target | None, Target | None]],
) -> list[Figure]:
    ours, go = Node(pair.ours), Node(pair.go)
    prepare(ours, Filter.OURS)
    prepare(go, Filter.GO)
    figures = []
    for network in subjects:
        figures += _times(network, suffix, targets.get(network, (None, None)), runs, ours, go)
    for node in (ours, go):
        node.delete()
    return figures


def _times(network, suffix, targets, runs: int, ours: Node, go: Node) -> list[Figure]:
    add = Figure(f"ADD {network.title}{suffix}", "ms", target=targets[0])
    delete = Figure(f"DEL {network.title}{suffix}", "ms", target=targets[1])
    sides = [lambda node=node: node.add_and_delete(network) for node in (ours, go)]
    for (our_add, our_delete), (go_add, go_delete) in by_turns(runs, *sides):
        add.add(our_add / MILLISECOND, go_add / MILLISECOND)
        delete.add(our_delete / MILLISECOND, go_delete / MILLISECOND)
    return [add, delete]
