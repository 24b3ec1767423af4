# SPDX-License-Identifier: Apache-2.0
"""Runs instances side by side, each in its sandbox, and ends those that take too long."""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import sandbox
from .case import Instance


@dataclass(frozen=True)
class Outcome:
    """The outcome of an instance: 'passed', 'failed' or 'skipped', and why."""

    instance: Instance
    state: str
    problems: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass
class _Running:
    instance: Instance
    process: int
    deadline: float
    answer: bytes = b""


def run(instances: list[Instance], body: Callable[[Instance], Any], jobs: int,
        limit: float) -> Iterator[Outcome]:
    """Yields outcomes as they come; `limit` is the seconds an instance may take."""
    waiting = deque(instances)
    selector = selectors.DefaultSelector()
    try:
        while waiting or selector.get_map():
            while waiting and len(selector.get_map()) < jobs:
                _start(selector, waiting.popleft(), body, limit)
            for key, _ in selector.select(timeout=1):
                outcome = _read(selector, key.fd, key.data)
                if outcome:
                    yield outcome
            yield from _end_overdue(selector, limit)
    finally:
        for key in list(selector.get_map().values()):
            _stop(selector, key.fd, key.data)


def _start(selector: selectors.BaseSelector, instance: Instance,
           body: Callable[[Instance], Any], limit: float) -> None:
    process, pipe = sandbox.spawn(lambda: body(instance))
    selector.register(pipe, selectors.EVENT_READ,
                      _Running(instance, process, time.monotonic() + limit))


def _read(selector: selectors.BaseSelector, pipe: int, running: _Running) -> Outcome | None:
    data = os.read(pipe, 65536)
    if data:
        running.answer += data
        return None
    selector.unregister(pipe)
    os.close(pipe)
    os.waitpid(running.process, 0)
    return _outcome(running)


def _outcome(running: _Running) -> Outcome:
    if not running.answer:
        return Outcome(running.instance, "failed", ("the case's process died",))
    answer = json.loads(running.answer)
    if "broken" in answer:
        return Outcome(running.instance, "failed", (f"the runner broke: {answer['broken']}",))
    problems = tuple(answer["problems"])
    return Outcome(running.instance, "failed" if problems else "passed", problems,
                   answer["seconds"])


def _end_overdue(selector: selectors.BaseSelector, limit: float) -> Iterator[Outcome]:
    for key in list(selector.get_map().values()):
        if time.monotonic() > key.data.deadline:
            _stop(selector, key.fd, key.data)
            yield Outcome(key.data.instance, "failed", (f"not done within {limit:g} s",), limit)


def _stop(selector: selectors.BaseSelector, pipe: int, running: _Running) -> None:
    """The sandbox dies with its first process, and that with the one ended here."""
    selector.unregister(pipe)
    os.close(pipe)
    os.kill(running.process, signal.SIGKILL)
    os.waitpid(running.process, 0)
