# SPDX-License-Identifier: Apache-2.0
"""How fast frames pass between two filtered ports, among few ports and among many."""

import os

from background import Filter
from figures import Figure, Target, by_turns
from links import Link
from peers import Pair

PORTS = (2, 1_000)


def measure(pair: Pair, runs: int) -> list[Figure]:
    """Measures ours against no filter and against the Go plugin's layout."""
    processors = os.sched_getaffinity(0)
    # The sender does all the work of a UDP packet; a TCP stream has its receiver elsewhere.
    os.sched_setaffinity(0, {max(processors)})
    try:
        return [figure for ports in PORTS for figure in _among(ports, pair, runs, min(processors))]
    finally:
        os.sched_setaffinity(0, processors)


def _among(ports: int, pair: Pair, runs: int, receiving_cpu: int) -> list[Figure]:
    links = [Link(pair, kind, ports, receiving_cpu) for kind in Filter]
    title = f"UDP 64-byte frames, {ports} ports"
    figures = _compare(title, "kpps", 1e3, [link.packets_per_second for link in links], runs)
    title = f"TCP stream, {ports} ports"
    figures += _compare(title, "Gbit/s", 1e9 / 8, [link.bytes_per_second for link in links], runs)
    for link in links:
        link.delete()
    if ports == max(PORTS):
        figures[0].target = Target(0.90, more_is_better=True)
    return figures


def _compare(title: str, unit: str, divisor: float, sides: list, runs: int) -> list[Figure]:
    """Takes samples in the order of `Filter`: ours, go, none."""
    to_none = Figure(title, unit, other=Filter.NONE.value, more_is_better=True)
    to_go = Figure(title, unit, other=Filter.GO.value, more_is_better=True)
    for ours, go, none in by_turns(runs, *sides):
        to_none.add(ours / divisor, none / divisor)
        to_go.add(ours / divisor, go / divisor)
    return [to_none, to_go]
