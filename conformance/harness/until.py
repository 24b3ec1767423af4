# SPDX-License-Identifier: Apache-2.0
"""Waits for what happens elsewhere."""

import time


def until(condition, seconds=10.0, every=0.02):
    """Returns what the condition is as soon as it holds, or what it is in the end."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return found
