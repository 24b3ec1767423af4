# SPDX-License-Identifier: Apache-2.0
"""Precedence over whatever else the machine does."""

import os
from contextlib import contextmanager
from typing import Iterator


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps other programs off the processors that this one, or what it starts, wants meanwhile.

    Where the kernel does not allow that (a container without CAP_SYS_NICE), results are noisier.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
