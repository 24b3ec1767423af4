# SPDX-License-Identifier: Apache-2.0
"""Writes docs/conformance.md: what the CNI specification demands of plugins, and the cases."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from . import case, suite
from .case import Case

_REFERENCE = re.compile(r"^CNI 1\.1\.0 #([a-z0-9-]+)$")
_HEAD = """\
<!-- Written by conformance/document from requirements.json and the cases' sources. -->
# Conformance

What the [CNI specification 1.1.0](https://github.com/containernetworking/cni/blob/main/SPEC.md)
demands of plugins, and the cases in `conformance/cases` that show it. What it demands of runtimes
is libcni's part, which drives the cases. How to run them, and the sweeps of kills and
failures: `conformance/README.md`.

| specification | level | demand | shown by |
|---|---|---|---|
"""


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    cases = case.load(suite.FOLDER / "cases")
    requirements = json.loads((suite.FOLDER / "requirements.json").read_text())
    shown = _shown(cases)
    faults = _faults(requirements, shown)
    text = _HEAD + "".join(_row(item, shown.get(item["id"], [])) for item in requirements)
    text += _inventory(cases)
    if options.check:
        current = options.output.read_text() if options.output.exists() else ""
        if current != text:
            faults.append(f"{options.output} is not up to date: conformance/document")
    else:
        options.output.parent.mkdir(exist_ok=True)
        options.output.write_text(text)
    for fault in faults:
        print(f"document: {fault}")
    return 1 if faults else 0


def _shown(cases: list[Case]) -> dict[str, list[str]]:
    """Returns the names of the cases by the requirement they give as a source."""
    shown: dict[str, list[str]] = {}
    for subject in cases:
        for source in subject.data["source"]:
            found = _REFERENCE.match(source)
            if found:
                shown.setdefault(found[1], []).append(subject.name)
    return shown


def _faults(requirements: list[dict[str, Any]], shown: dict[str, list[str]]) -> list[str]:
    known = {item["id"] for item in requirements}
    faults = [f"{names[0]} shows '{name}', which is no requirement"
              for name, names in shown.items() if name not in known]
    for item in requirements:
        if item["id"] not in shown and "not_shown" not in item:
            faults.append(f"no case shows '{item['id']}', and requirements.json does not say why")
        if item["id"] in shown and "not_shown" in item:
            faults.append(f"'{item['id']}' is shown, but requirements.json says it is not")
    return faults


def _row(item: dict[str, Any], names: list[str]) -> str:
    links = "<br>".join(_link(name) for name in names) or f"not shown: {item.get('not_shown')}"
    return f"| {item['section']} | {item['level']} | {item['text']} | {links} |\n"


def _link(name: str) -> str:
    return f"[{name}](../conformance/cases/{name}/case.json)"


def _inventory(cases: list[Case]) -> str:
    lines = ["", "## All behaviours", "", "| case | instances | source |", "|---|---|---|"]
    for subject in cases:
        sources = "<br>".join(source for source in subject.data["source"]
                              if not _REFERENCE.match(source))
        lines.append(f"| {_link(subject.name)} | {len(subject.instances())} | {sources} |")
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance/document", description=(
        "Writes docs/conformance.md; fails where a demand has neither a case nor a reason."))
    parser.add_argument("--output", type=Path, metavar="FILE",
                        default=suite.FOLDER.parent / "docs" / "conformance.md")
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    return parser
