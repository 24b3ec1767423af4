# SPDX-License-Identifier: Apache-2.0
"""A separate process for every case, with its own network, mount and PID namespaces."""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from . import namespaces

WORK = "/run/conformance"


def spawn(body: Callable[[], Any]) -> tuple[int, int]:
    """Runs `body` in a sandbox; returns the process id and a pipe that yields its JSON answer."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    namespaces.die_with_parent(signal.SIGKILL)
    try:
        namespaces.unshare(
            namespaces.CLONE_NEWNS | namespaces.CLONE_NEWPID | namespaces.CLONE_NEWNET)
        first = os.fork()
        if first == 0:
            _run_first_process(body, writing)
        os.close(writing)
        os.waitpid(first, 0)
    except BaseException as error:  # the parent must always get an answer
        _answer(writing, {"broken": str(error)})
    os._exit(0)


def _run_first_process(body: Callable[[], Any], writing: int) -> None:
    try:
        namespaces.die_with_parent(signal.SIGKILL)
        _isolate()
        answer = body()
    except BaseException:
        answer = {"broken": traceback.format_exc(limit=-6)}
    _answer(writing, answer)
    os._exit(0)


def _isolate() -> None:
    """Hides the machine's state folders, so that plugins and libcni write into memory."""
    namespaces.mount("none", "/", flags=namespaces.MS_REC | namespaces.MS_PRIVATE)
    namespaces.mount("proc", "/proc", "proc")
    namespaces.mount("sysfs", "/sys", "sysfs")
    for folder in ("/run", "/var/lib"):
        namespaces.mount("tmpfs", folder, "tmpfs", data="mode=755")
    os.mkdir(WORK)
    os.chdir(WORK)
    os.environ.clear()
    os.environ.update(PATH="/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL="C")


def _answer(writing: int, answer: Any) -> None:
    data = json.dumps(answer).encode()
    while data:
        data = data[os.write(writing, data):]
    os.close(writing)
