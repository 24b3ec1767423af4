# SPDX-License-Identifier: Apache-2.0
"""Compares a plugin's reply with the step's expectations."""

from __future__ import annotations

import json
from typing import Any

from .invoke import Answer
from .matching import Bindings
from .scene import Scene, Wrong


def judge(scene: Scene, expect: dict[str, Any], answer: Answer, bindings: Bindings) -> None:
    problems = list(answer.faults)
    if "error" in expect:
        if answer.error is None:
            problems.append(f"succeeded, expected the error {json.dumps(expect['error'])}")
        else:
            problems += bindings.problems(expect["error"], answer.error, "error")
    elif answer.error is not None and not expect.get("may_fail"):
        problems.append(f"failed: {json.dumps(answer.error)}")
    seen = {"result": answer.result, "exit": answer.exit, "stdout": answer.stdout,
            "stderr": answer.stderr}
    for key, value in seen.items():
        if key in expect:
            problems += bindings.problems(expect[key], value, key)
    if "seconds" in expect and answer.seconds > expect["seconds"] * scene.settings.patience:
        problems.append(f"took {answer.seconds:.2f} s, expected at most {expect['seconds']} s")
    for name, calls in expect.get("delegated", {}).items():
        problems += bindings.problems(calls, scene.scripted[name].calls(), f"delegated.{name}")
    if problems:
        raise Wrong(problems)
    if "on" in expect:
        scene.require_seen(expect["on"], bindings)
