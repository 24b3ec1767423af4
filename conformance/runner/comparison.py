# SPDX-License-Identifier: Apache-2.0
"""The same cases for the Go plugins and ours: what is the same, what is better, and why."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from . import case, report, suite
from .case import Case

PEERS = ("1.9.1", "1.1.1")
_HEAD = """\
<!-- Written by conformance/compare; a change here belongs into the cases. -->
# Compared with the Go bridge plugin

Every behaviour below is a case in `conformance/cases`, run through libcni against the packaged
[containernetworking plugins](https://github.com/containernetworking/plugins) 1.9.1 and 1.1.1 and
against ours. *same*: the Go plugin passes our case. *better*, *different*: it does not, and this is
why ours does otherwise. *not run*: this machine could not show it.
"""


class Result(NamedTuple):
    """What became of one instance."""

    name: str
    state: str
    problem: str


Results = dict[str, list[Result]]  # by the name of the case


@dataclass(frozen=True)
class Verdict:
    """How a peer relates to ours in one behaviour; without a word there is no explanation."""

    word: str
    why: str = ""
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.word}: {self.why}" if self.why else self.word


def judge(subject: Case, peer: str, outcomes: list[Result]) -> Verdict:
    """Compares what became of a case's instances with the case's own explanation."""
    states = {outcome.state for outcome in outcomes}
    differs = subject.data.get("differs", {})
    own = differs.get(f"go-{peer}") or differs.get("go")
    if "failed" not in states:
        if "passed" not in states:
            return Verdict("not run")
        if own:
            return Verdict("same", fault=f"go {peer} passes, but 'differs' says it does not")
        return Verdict("same")
    explained = own or differs.get("go-1.9.1")
    if not explained:
        first = next(outcome for outcome in outcomes if outcome.state == "failed")
        return Verdict("unexplained", fault=f"go {peer}: {first.name}: {first.problem}")
    word, why = next(iter(explained.items()))
    return Verdict(word, why)


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    cases = [subject for subject in case.load(suite.FOLDER / "cases")
             if suite.chosen([subject], options.filter)]
    folders = {peer: suite.PEERS / peer for peer in PEERS}
    if options.plugin_dir:
        folders["ours"] = options.plugin_dir.resolve()
    results = {name: _run(name, cases, folder, options) for name, folder in folders.items()}
    if options.save:
        options.save.write_text(json.dumps(results, indent=1) + "\n")
    for name in results if options.merge else ():
        _fill_in(results[name], json.loads(options.merge.read_text()).get(name, {}))

    faults = []
    rows: dict[str, list[str]] = {}
    counts: dict[str, Counter[str]] = {peer: Counter() for peer in PEERS}
    for subject in cases:
        verdicts = [judge(subject, peer, results[peer][subject.name]) for peer in PEERS]
        for peer, verdict in zip(PEERS, verdicts):
            counts[peer][verdict.word] += 1
            if verdict.fault:
                faults.append(f"{subject.name}: {verdict.fault}")
        mine = results.get("ours", {}).get(subject.name, [])
        faults += [f"{result.name}: ours fails: {result.problem}"
                   for result in mine if result.state == "failed"]
        rows.setdefault(subject.area, []).append(_row(subject, verdicts))
    if not options.filter:
        options.output.parent.mkdir(exist_ok=True)
        options.output.write_text(_document(rows, counts))
    for fault in faults:
        print(fault)
    for peer in PEERS:
        print(f"go {peer}: " + ", ".join(f"{number} {word}" for word, number in
                                         sorted(counts[peer].items())))
    print(f"comparison: {len(faults)} unexplained")
    return 1 if faults or not cases else 0


def _run(name: str, cases: list[Case], folder: Path,
         options: argparse.Namespace) -> Results:
    instances = suite.chosen(cases, options.filter)
    progress = report.Progress(len(instances), False, sys.stderr, names_failures=False)
    print(f"comparison: runs {name}", file=sys.stderr)
    grouped: Results = {subject.name: [] for subject in cases}
    for outcome in suite.run(instances, folder, options.jobs, False, options.patience):
        progress.note(outcome)
        problem = outcome.problems[0][:300] if outcome.problems else ""
        grouped[outcome.instance.case.name].append(
            Result(outcome.instance.name, outcome.state, problem))
    progress.finish()
    return grouped


def _fill_in(results: Results, elsewhere: dict[str, list[list[str]]]) -> None:
    """Takes from another machine's run what this one had to skip."""
    for name, known in elsewhere.items():
        if all(result.state == "skipped" for result in results.get(name, [])):
            results[name] = [Result(*entry) for entry in known]


def _row(subject: Case, verdicts: list[Verdict]) -> str:
    behaviour = subject.name.split("/")[1].replace("-", " ")
    link = f"[{behaviour}](../conformance/cases/{subject.name}/case.json)"
    return f"| {link} | " + " | ".join(map(str, verdicts)) + " |"


def _document(rows: dict[str, list[str]], counts: dict[str, Counter[str]]) -> str:
    words = sorted({word for counted in counts.values() for word in counted})
    lines = [_HEAD, "| behaviours | " + " | ".join(words) + " |", "|---" * (len(words) + 1) + "|"]
    lines += [f"| Go {peer} | " + " | ".join(str(counts[peer][word]) for word in words) + " |"
              for peer in PEERS]
    for area, entries in rows.items():
        lines += ["", f"## {area}", "", "| behaviour | Go 1.9.1 | Go 1.1.1 |", "|---|---|---|"]
        lines += entries
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance/compare", description=(
        "Puts the Go plugins, and ours if given, through the cases and writes docs/comparison.md. "
        "Fails where a difference has no explanation in its case."))
    parser.add_argument("--plugin-dir", type=Path, metavar="DIR", help="where our plugins are")
    parser.add_argument("--output", type=Path, metavar="FILE",
                        default=suite.FOLDER.parent / "docs" / "comparison.md")
    parser.add_argument("--save", type=Path, metavar="FILE",
                        help="keep what was seen, for --merge on another machine")
    parser.add_argument("--merge", type=Path, metavar="FILE",
                        help="take from FILE what this machine must skip (written in the lab)")
    parser.add_argument("--filter", action="append", default=[], metavar="GLOB",
                        help="only cases whose area/behaviour matches; writes no document")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--patience", type=float, default=1.0, metavar="F")
    return parser
