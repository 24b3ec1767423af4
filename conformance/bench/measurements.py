# SPDX-License-Identifier: Apache-2.0
"""All measurements by name, in the order they are taken."""

import sys
from dataclasses import dataclass
from typing import Callable

import dataplane
import memory
import transactions
import verbs
from figures import Figure
from peers import Pair


@dataclass(frozen=True)
class Measurement:
    """What is measured together, and how."""

    about: str
    take: Callable[[Pair, int], list[Figure]]


ALL = {
    "version": Measurement("start and end of a process", verbs.version),
    "empty": Measurement("ADD and DEL on an empty node", verbs.empty),
    "unrelated": Measurement("ADD and DEL beside 10,000 unrelated nft rules", verbs.unrelated),
    "crowded": Measurement("ADD and DEL beside 1000 other filtered ports", verbs.crowded),
    "transactions": Measurement("how often each verb asks the kernel", transactions.measure),
    "memory": Measurement("peak memory, page faults, size of the program", memory.measure),
    "dataplane": Measurement("frames between filtered ports", dataplane.measure),
}

Results = dict[str, list[Figure]]


def take(names: list[str], pair: Pair, runs: int) -> Results:
    results: Results = {}
    for name in names:
        print(f"bench: {ALL[name].about}", file=sys.stderr, flush=True)
        results[name] = ALL[name].take(pair, runs)
    return results
