# SPDX-License-Identifier: Apache-2.0
"""The command line of conformance/run."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from . import case, report, selftest, suite

_CLOSING = "Cases are folders in conformance/cases; conformance/README.md says how to write one."


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    obstacle = _obstacle(options)
    if obstacle:
        print(f"conformance: {obstacle}", file=sys.stderr)
        return 2
    if options.self_test:
        return selftest.main()
    try:
        instances = suite.chosen(case.load(options.cases), options.filter, options.newest)
    except case.CaseError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(instance.name for instance in instances))
        return 0
    return _run(instances, options)


def _run(instances: list[case.Instance], options: argparse.Namespace) -> int:
    start = time.monotonic()
    progress = report.Progress(len(instances), options.verbose)
    outcomes = []
    for outcome in suite.run(instances, options.plugin_dir.resolve(), options.jobs,
                             options.strict, options.patience):
        progress.note(outcome)
        outcomes.append(outcome)
    progress.finish()
    if options.json:
        report.write_json(outcomes, options.json)
    if options.junit:
        report.write_junit(outcomes, options.junit)
    print(report.summary(outcomes, time.monotonic() - start))
    ran = [outcome for outcome in outcomes if outcome.state != "skipped"]
    if not ran:
        print("conformance: no case ran", file=sys.stderr)
    return 0 if ran and all(outcome.state == "passed" for outcome in ran) else 1


def _obstacle(options: argparse.Namespace) -> str | None:
    """Returns the reason why the suite cannot run, and the command that fixes it."""
    if options.list:
        return None
    if os.geteuid() != 0:
        return "needs root, to make namespaces: sudo conformance/run"
    if not suite.CNITOOL.exists():
        return f"no cnitool at {suite.CNITOOL}: conformance/setup cnitool go-plugins"
    if not options.self_test and not options.plugin_dir.is_dir():
        return f"no plugin folder '{options.plugin_dir}': swift build, or --plugin-dir DIR"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance/run", epilog=_CLOSING, description=(
        "Puts CNI plugins through the conformance cases, each in namespaces of its own."))
    parser.add_argument("--plugin-dir", type=Path, metavar="DIR",
                        default=suite.FOLDER.parent / ".build" / "debug",
                        help="where the plugins are (the project's debug build)")
    parser.add_argument("--filter", action="append", default=[], metavar="GLOB",
                        help="only cases whose area/behaviour matches; may be given again")
    parser.add_argument("--newest", action="store_true",
                        help="each case in the newest of its versions only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="cases at the same time (%(default)s)")
    parser.add_argument("--strict", action="store_true", help="count a skipped case as a failure")
    parser.add_argument("--patience", type=float, default=1.0, metavar="F",
                        help="multiplies every time limit, for slow machines (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes as JSON")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write them as JUnit XML")
    parser.add_argument("--cases", type=Path, metavar="DIR", default=suite.FOLDER / "cases",
                        help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    parser.add_argument("--verbose", action="store_true", help="name every case, with its time")
    parser.add_argument("--self-test", action="store_true",
                        help="check that the runner detects faults")
    return parser
