# SPDX-License-Identifier: Apache-2.0
"""How long an ADD takes, and the kernel's part of it."""

import os
import random
import statistics
import sys
import tempfile
import time

from attachment import Bed
from priority import undisturbed
from replay import build_floor, record, write


def bare(plugin, runs):
    """ADD with no ports against a C program that asks the kernel the same, or the changes alone.

    Each round has the three in an order of its own, each in a pod of its own, from the start of a
    process to its end.
    """
    configuration = {"owner": 107, "group": 107}
    floor = build_floor()
    calls = record(plugin, configuration)
    with tempfile.TemporaryDirectory() as folder:
        everything, changes = f"{folder}/everything", f"{folder}/changes"
        write(calls, everything)
        write([call for call in calls if call[2]], changes)
        spent = {"ADD": [], "all that it asks": [], "its changes alone": []}
        for _ in range(runs + 2):
            pairs = list(zip(spent, (None, everything, changes)))
            for title, file in random.sample(pairs, k=len(pairs)):
                bed = Bed(plugin, configuration)
                try:
                    command = [floor, bed.pod.path, file] if file else [plugin]
                    spent[title].append(process(command, bed.environment("ADD"), bed.text()))
                finally:
                    bed.end()
    print(f"no ports, medians and quickest of {runs}:")
    own = spent["ADD"][2:]  # the first rounds read the programs from the disk
    for title, times in spent.items():
        times = times[2:]
        print(f"  {title:18} {statistics.median(times) * 1000:6.2f} ms {min(times) * 1000:6.2f} ms"
              f"   ADD is {statistics.median(own) / statistics.median(times):.2f} times that,"
              f" {min(own) / min(times):.2f}")


def process(command, environment, text):
    """Seconds from the start of a process to its end; it must succeed."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    nothing = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, reader, 0), (os.POSIX_SPAWN_DUP2, nothing, 1)]
    with undisturbed():
        start = time.perf_counter()
        child = os.posix_spawn(command[0], command, environment, file_actions=actions)
        _, status = os.waitpid(child, 0)
        spent = time.perf_counter() - start
    os.close(reader)
    os.close(nothing)
    if status:
        sys.exit(f"bench: {command} failed")
    return spent
