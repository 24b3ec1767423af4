# SPDX-License-Identifier: Apache-2.0
"""Runs one instance from its setup to its last DEL, twice if possible."""

from __future__ import annotations

import time
from typing import Any

from . import attach, steps
from .case import Instance
from .scene import Scene, Settings, Wrong

_REPEATABLE = {"add", "check", "del", "see", "status", "talk", "frames", "listen"}


def run(instance: Instance, settings: Settings) -> dict[str, Any]:
    """Returns the problems; none means passed. Runs inside the sandbox."""
    start = time.monotonic()
    where = "setting up"
    problems: list[str] = []
    try:
        scene = Scene(instance, settings)
        scene.prepare()
        for number in range(2 if _runs_twice(instance) else 1):
            again = " of the second round" if number else ""
            for index, step in enumerate(instance.steps):
                where = f"step {index + 1} ({next(iter(step))}){again}"
                steps.perform(scene, step)
            where = f"afterwards{again}"
            attach.finish(scene)
            scene.begin_again()
    except Wrong as wrong:
        problems = [f"{where}: {problem}" for problem in wrong.problems]
    except (KeyError, ValueError, OSError, RuntimeError) as error:
        problems = [f"{where}: {type(error).__name__}: {error}"]
    return {"problems": problems, "seconds": round(time.monotonic() - start, 3)}


def _runs_twice(instance: Instance) -> bool:
    """An attachment must be possible again after DEL; one instance of a case shows it."""
    data = instance.case.data
    if "twice" in data:
        return data["twice"]
    verbs = {key for step in data["steps"] for key in step if key in steps.VERBS}
    return instance.is_first and "add" in verbs and verbs <= _REPEATABLE
