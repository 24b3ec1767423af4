# SPDX-License-Identifier: Apache-2.0
"""Finds every CNI configuration and every manifest of examples/, README.md and docs/."""

import json
import re
from pathlib import Path

from harness import manifest

PROJECT = Path(__file__).resolve().parents[2]
OURS = ("cnv-bridge", "masquerade")


def ours(configuration):
    """This project's plugins in a configuration, in the order of the list."""
    return [p for p in configuration.get("plugins", [configuration]) if p.get("type") in OURS]


def configurations():
    """Yields (label, configuration), in a stable order."""
    for path in sorted((PROJECT / "examples").rglob("*.conflist")):
        yield str(path.relative_to(PROJECT)), json.loads(path.read_text())
    for path, thing in manifests():
        if thing["kind"] == "NetworkAttachmentDefinition":
            yield str(path.relative_to(PROJECT)), json.loads(thing["spec"]["config"])
    for path in [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]:
        text = path.read_text()
        for match in re.finditer(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            configuration = json.loads(match[1])
            line = text.count("\n", 0, match.start()) + 1
            if ours(configuration):
                yield f"{path.relative_to(PROJECT)}:{line}", configuration


def manifests():
    """Yields (path, object); those of sriov are executed in the lab, by conformance/sriov/documented.py."""
    for path in sorted((PROJECT / "examples").rglob("*.yaml")):
        if path.parent.name != "sriov":
            yield path, manifest.load(path.read_text())
