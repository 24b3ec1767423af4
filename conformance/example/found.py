# SPDX-License-Identifier: Apache-2.0
"""Finds every CNI configuration and every object of examples/, README.md and docs/."""

import json
import pathlib
import re

import yamlsubset

PROJECT = pathlib.Path(__file__).resolve().parents[2]
OURS = ("cnv-bridge", "masquerade")


class Failure(Exception):
    """Why an example is no good."""


def ours(configuration):
    """The plugins of a configuration that are this project's, in the order of the list."""
    return [p for p in configuration.get("plugins", [configuration]) if p.get("type") in OURS]


def configurations():
    """Yields (label, configuration) of every file, in a stable order."""
    for path in sorted((PROJECT / "examples").rglob("*.conflist")):
        yield path.relative_to(PROJECT), json.loads(path.read_text())
    for path, thing in objects():
        if thing["kind"] == "NetworkAttachmentDefinition":
            yield path.relative_to(PROJECT), json.loads(thing["spec"]["config"])
    for path in [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]:
        text = path.read_text() if path.exists() else ""
        for match in re.finditer(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            configuration = json.loads(match[1])
            line = text.count("\n", 0, match.start()) + 1
            if ours(configuration):
                yield f"{path.relative_to(PROJECT)}:{line}", configuration


def objects():
    """Yields (path, object) of every manifest."""
    for path in sorted((PROJECT / "examples").rglob("*.yaml")):
        if path.parent.name == "sriov":
            continue  # conformance/sriov/examples.py executes these, in the lab
        try:
            yield path, yamlsubset.load(path.read_text())
        except yamlsubset.SyntaxFault as fault:
            raise Failure(f"{path.relative_to(PROJECT)}: {fault}") from fault
