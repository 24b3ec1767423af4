# SPDX-License-Identifier: Apache-2.0
"""Reports the results for people and machines."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, TextIO
from xml.etree import ElementTree

from .schedule import Outcome

STATES = ("passed", "failed", "skipped")
_SILENCE = 30  # seconds without a terminal until a line says how far it is


class Progress:
    """Prints failures as they come, and how far it is: always on a terminal, else now and then."""

    def __init__(self, total: int, verbose: bool, stream: TextIO = sys.stdout,
                 names_failures: bool = True) -> None:
        self._total = total
        self._verbose = verbose
        self._names_failures = names_failures
        self._stream = stream
        self._counts: Counter[str] = Counter()
        self._said = time.monotonic()

    def note(self, outcome: Outcome) -> None:
        self._counts[outcome.state] += 1
        self._clear()
        if outcome.state == "failed" and self._names_failures:
            self._print(f"FAILED {outcome.instance.name}")
            for problem in outcome.problems[:8]:
                self._print(f"       {problem}")
        elif self._verbose:
            reason = f" ({outcome.problems[0]})" if outcome.problems else ""
            self._print(f"{outcome.state} {outcome.instance.name} {outcome.seconds:.2f}s{reason}")
        state = f"{sum(self._counts.values())}/{self._total}, {self._counts['failed']} failed "
        if self._stream.isatty():
            self._stream.write(state)
            self._stream.flush()
        elif time.monotonic() - self._said >= _SILENCE:
            self._said = time.monotonic()
            self._print(state.rstrip())

    def _clear(self) -> None:
        if self._stream.isatty():
            self._stream.write("\r\033[K")

    def _print(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()

    def finish(self) -> None:
        self._clear()


def summary(outcomes: list[Outcome], seconds: float) -> str:
    """Returns a table per area, the reasons of the skipped, and the closing line."""
    areas = sorted({outcome.instance.case.area for outcome in outcomes})
    width = max((len(area) for area in areas), default=0)
    lines = [""]
    for area in areas:
        mine = [outcome for outcome in outcomes if outcome.instance.case.area == area]
        behaviours = len({outcome.instance.case.name for outcome in mine})
        lines.append(f"  {area:<{width}}  {_counts(mine)} ({behaviours} behaviours)")
    reasons = Counter(outcome.problems[0] for outcome in outcomes if outcome.state == "skipped")
    lines += [f"  skipped: {reason} ({count})" for reason, count in reasons.most_common()]
    failed = sorted({outcome.instance.case.name for outcome in outcomes
                     if outcome.state == "failed"})
    lines += [f"  failed: {name}" for name in failed]
    lines += [f"  in {seconds:.0f} s", "", f"conformance: {_counts(outcomes)}"]
    return "\n".join(lines)


def _counts(outcomes: list[Outcome]) -> str:
    counted = Counter(outcome.state for outcome in outcomes)
    return ", ".join(f"{counted[state]} {state}" for state in STATES)


def write_json(outcomes: list[Outcome], path: Path) -> None:
    entries: list[dict[str, Any]] = [
        {"case": outcome.instance.case.name, "instance": outcome.instance.label,
         "state": outcome.state, "problems": list(outcome.problems), "seconds": outcome.seconds}
        for outcome in outcomes]
    path.write_text(json.dumps(entries, indent=1) + "\n")


def write_junit(outcomes: list[Outcome], path: Path) -> None:
    counted = Counter(outcome.state for outcome in outcomes)
    suite = ElementTree.Element(
        "testsuite", name="conformance", tests=str(len(outcomes)),
        failures=str(counted["failed"]), skipped=str(counted["skipped"]))
    for outcome in outcomes:
        test = ElementTree.SubElement(
            suite, "testcase", classname=outcome.instance.case.name,
            name=outcome.instance.label or outcome.instance.case.name,
            time=f"{outcome.seconds:.3f}")
        if outcome.state != "passed":
            kind = "failure" if outcome.state == "failed" else "skipped"
            mark = ElementTree.SubElement(test, kind, message=outcome.problems[0])
            mark.text = "\n".join(outcome.problems)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
