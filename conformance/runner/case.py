# SPDX-License-Identifier: Apache-2.0
"""Reads the cases: a folder named as the behaviour, with case.json and network configurations."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSIONS = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]
DEFAULT_VERSION = "1.0.0"

_STEP_OPTIONS = {
    "add": {"as", "id", "network", "args", "capabilities", "config", "by", "expect", "bind"},
    "check": {"as", "id", "network", "args", "capabilities", "config", "by", "expect"},
    "del": {"as", "id", "network", "args", "capabilities", "config", "by", "expect"},
    "gc": {"network", "config", "by", "valid", "expect"},
    "status": {"network", "config", "by", "expect"},
    "direct": {"to", "as", "id", "network", "config", "env", "stdin", "stdout", "signal", "plugin",
               "by", "expect", "changes"},
    "change": set(),
    "see": {"within"},
    "frames": {"among", "fdb"},
    "listen": set(),
    "heard": {"after"},
    "talk": {"from", "at", "port", "bytes", "expect"},
    "netns": {"becomes"},
    "dhcp": {"gives"},
    "forget": set(),
    "lock": {"shared"},
    "readonly": set(),
}
_EXPECTATIONS = {"result", "error", "exit", "stdout", "stderr", "on", "delegated", "seconds",
                 "may_fail"}
_SEEN = {"links", "addresses", "routes", "rules", "no_rules", "vlans", "sysctls", "fdb", "files",
         "ports"}
_CASE_KEYS = {"source", "needs", "versions", "inputs", "containers", "given", "plugins", "steps",
              "differs", "twice", "remains", "shows"}


class CaseError(Exception):
    """A case that cannot be read; it never counts as passed."""


@dataclass(frozen=True)
class Case:
    """One behaviour; `name` is area/behaviour."""

    name: str
    data: dict[str, Any]
    networks: dict[str, Any]

    @property
    def area(self) -> str:
        return self.name.split("/")[0]

    @property
    def needs(self) -> list[str]:
        return self.data.get("needs", [])

    def instances(self, newest: bool = False) -> list[Instance]:
        """Returns the case once per version and input; with `newest` in its last version only."""
        versions = _expand_versions(self.data.get("versions", [DEFAULT_VERSION]))
        if newest:
            versions = versions[-1:]
        inputs = self.data.get("inputs", [{}])
        return [Instance(self, version, values, _label(self, version, values))
                for version in versions for values in inputs]


@dataclass(frozen=True)
class Instance:
    """A case with one version and one input."""

    case: Case
    version: str
    values: dict[str, Any]
    label: str

    @property
    def name(self) -> str:
        return f"{self.case.name}:{self.label}" if self.label else self.case.name

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The case's steps with this input's values in them."""
        return _with(self.case.data["steps"], self.values)

    @property
    def is_first(self) -> bool:
        return self == self.case.instances(newest=True)[0]

    def network(self, name: str, patch: dict[str, Any] | None = None) -> dict[str, Any]:
        """Returns a configuration with this input's and the step's changes merged in."""
        network = copy.deepcopy(self.case.networks[name])
        for change in (self.values.get("config"), patch):
            if change:
                network = merged(network, change)
        return network


def _with(data: Any, values: dict[str, Any]) -> Any:
    """Puts an input's values in; they may be patterns, which placeholders cannot carry."""
    if isinstance(data, dict):
        return {_with(key, values): _with(item, values) for key, item in data.items()}
    if isinstance(data, list):
        return [_with(item, values) for item in data]
    if not isinstance(data, str):
        return data
    for name, value in values.items():
        if data == f"${{{name}}}":
            return value
        data = data.replace(f"${{{name}}}", str(value))
    return data


def merged(target: Any, patch: Any) -> Any:
    """Applies a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def load(folder: Path) -> list[Case]:
    """Returns every case below `folder`, in order of their names."""
    found = [_read(path.parent, folder) for path in sorted(folder.glob("*/*/case.json"))]
    strays = [path for path in folder.glob("*/*") if path.is_dir()
              and not (path / "case.json").exists()]
    if strays:
        raise CaseError(f"'{strays[0]}' has no case.json")
    return found


def _read(folder: Path, root: Path) -> Case:
    name = str(folder.relative_to(root))
    try:
        data = json.loads((folder / "case.json").read_text())
        networks = {path.stem: json.loads(path.read_text())
                    for path in folder.glob("*.json") if path.name != "case.json"}
    except ValueError as error:
        raise CaseError(f"{name}: {error}") from error
    judge(name, data)
    return Case(name, data, networks)


def judge(name: str, data: dict[str, Any]) -> None:
    """Rejects misspelt keys: an ignored expectation would always hold."""
    unknown = set(data) - _CASE_KEYS
    if unknown:
        raise CaseError(f"{name}: unknown key {sorted(unknown)}")
    if not data.get("source") or not data.get("steps"):
        raise CaseError(f"{name}: 'source' and 'steps' must not be empty")
    for number, step in enumerate(data["steps"]):
        verbs = [key for key in step if key in _STEP_OPTIONS]
        if len(verbs) != 1:
            raise CaseError(f"{name}: step {number} needs exactly one of {sorted(_STEP_OPTIONS)}")
        verb = verbs[0]
        unknown = set(step) - {verb} - _STEP_OPTIONS[verb]
        if unknown:
            raise CaseError(f"{name}: step {number} ({verb}) has unknown key {sorted(unknown)}")
        expect = step.get("expect", {})
        seen = step["see"] if verb == "see" else expect.get("on", {})
        if verb != "talk" and set(expect) - _EXPECTATIONS:
            raise CaseError(f"{name}: step {number}: unknown "
                            f"expectation {sorted(set(expect) - _EXPECTATIONS)}")
        for place, things in seen.items():
            if set(things) - _SEEN:
                raise CaseError(f"{name}: step {number}: nothing called "
                                f"{sorted(set(things) - _SEEN)} is seen on '{place}'")


def _expand_versions(wanted: Any) -> list[str]:
    if wanted == "all":
        return VERSIONS
    if isinstance(wanted, str) and wanted.startswith(">="):
        return VERSIONS[VERSIONS.index(wanted[2:]):]
    if isinstance(wanted, str) and wanted.startswith("<="):
        return VERSIONS[:VERSIONS.index(wanted[2:]) + 1]
    return list(wanted)


def _label(case: Case, version: str, values: dict[str, Any]) -> str:
    parts = [version] if "versions" in case.data else []
    return ":".join(parts + ([values["name"]] if "name" in values else []))
