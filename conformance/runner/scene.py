# SPDX-License-Identifier: Apache-2.0
"""Performs one instance of a case in its sandbox and returns what did not hold."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import leftovers, observe
from .case import Instance
from .invoke import Attachment
from .matching import Bindings
from .namespaces import Namespace
from .plugins import Repository, ScriptedPlugin
from .sandbox import WORK

# What `given` and `change` may use; a case's data must not become a program.
_TOOLS = {"ip", "bridge", "nft", "sysctl"}


class Wrong(Exception):
    """An expectation that does not hold; ends the instance."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What holds for a whole run."""

    repository: Repository
    cnitool: Path
    has_vlans: bool
    patience: float = 1.0

    @property
    def limit(self) -> float:
        """The seconds a plugin may take."""
        return 20 * self.patience


class Scene:
    """The namespaces, plugins and bindings of one instance, and its current attachments."""

    def __init__(self, instance: Instance, settings: Settings) -> None:
        self.instance = instance
        self.settings = settings
        self.bindings = Bindings()
        self.host = Namespace.current("host")
        self.places: dict[str, Namespace] = {"host": self.host}
        self.live: list[Attachment] = []
        self.ended: list[Attachment] = []
        self.before: list[str] | None = None
        self.scripted: dict[str, ScriptedPlugin] = {}
        self.ports: dict[str, Any] = {}
        self._paths: dict[str | None, Path] = {}

    @property
    def data(self) -> dict[str, Any]:
        return self.instance.case.data

    def prepare(self) -> None:
        containers = self.data.get("containers", ["pod"])
        if isinstance(containers, int):
            containers = [f"c{number + 1}" for number in range(containers)]
        for name in containers:
            self.places[name] = Namespace.create(name)
        for name, answers in self.data.get("plugins", {}).items():
            self.scripted[name] = ScriptedPlugin(name, answers, Path(WORK) / "asked")
        self.rebind()
        self.change(self.data.get("given", {}))
        self._wait_for_ports()

    def begin_again(self) -> None:
        """Forgets the attachments, their bindings and past IPAM leases."""
        shutil.rmtree("/var/lib/cni", ignore_errors=True)
        for port in self.ports.values():
            port.close()
        self.ports.clear()
        self.live.clear()
        self.ended.clear()
        self.before = None
        self.rebind()

    def rebind(self) -> None:
        """Forgets what was learned, keeps what was given."""
        self.bindings.clear()
        self.bindings.update(version=self.instance.version, work=WORK)
        for name, place in self.places.items():
            self.bindings[f"netns.{name}"] = place.path
            self.bindings[f"id.{name}"] = f"ctr-{name}"
        for name, value in self.instance.values.items():
            if name not in ("name", "config"):
                self.bindings.setdefault(name, value)

    def cni_path(self, by: str | None = None) -> Path:
        if by not in self._paths:
            path = Path(WORK) / "bin" / (by or "own")
            self.settings.repository.assemble(path, by)
            for plugin in self.scripted.values():
                plugin.install(path)
            self._paths[by] = path
        return self._paths[by]

    def network(self, step: dict[str, Any]) -> dict[str, Any]:
        network = self.instance.network(step.get("network", "net"), step.get("config"))
        return self.bindings.fill(network)

    def place(self, name: str) -> Namespace:
        return self.places[name]

    def change(self, commands: dict[str, list[str]]) -> None:
        """Runs ip, bridge, nft or sysctl commands in the namespaces they are listed under."""
        for name, lines in commands.items():
            for line in lines:
                words = shlex.split(self.bindings.fill(line))
                if words[0] not in _TOOLS:
                    raise ValueError(f"'{words[0]}' is not one of {sorted(_TOOLS)}")
                if words[0] == "sysctl":
                    self._write_sysctl(self.places[name], words[1])
                    continue
                with self.places[name].inside():
                    done = subprocess.run(words, capture_output=True, text=True)
                if done.returncode != 0:
                    raise ValueError(f"{name}: '{line}': {done.stderr.strip()}")

    def _write_sysctl(self, place: Namespace, assignment: str) -> None:
        key, _, value = assignment.partition("=")
        with place.inside():
            Path("/proc/sys", key).write_text(value)

    def _wait_for_ports(self) -> None:
        """Links take a moment to get their carrier; a case starts when the given ports forward."""
        if not any("master" in line for line in self.data.get("given", {}).get("host", [])):
            return
        end = time.monotonic() + 3 * self.settings.patience
        while time.monotonic() < end:
            with self.host.inside():
                done = subprocess.run(["bridge", "link", "show"], capture_output=True, text=True)
            if not any("state disabled" in line and "UP" in line
                       for line in done.stdout.splitlines()):
                return
            time.sleep(0.01)

    def snapshot(self) -> list[str]:
        alive = [place for place in self.places.values() if place.is_open]
        return leftovers.snapshot(alive, self.settings.has_vlans)

    def require_no_leftovers(self, before: list[str], network: dict[str, Any] | None) -> None:
        """Demands the state of `before`; with a network, the bridge it names may have stayed."""
        created = _bridge_of(network) if network else None
        closed = tuple(f"{place.name}: " for place in self.places.values() if not place.is_open)
        before = [line for line in before if not line.startswith(closed)] if closed else before
        problems = leftovers.differences(before, self.snapshot(), created)
        remains = self.data.get("remains", [])
        problems = [line for line in problems
                    if not any(Bindings(self.bindings).matches(known, line) for known in remains)]
        if problems:
            raise Wrong(problems)

    def require_seen(self, expected: dict[str, Any], bindings: Bindings | None = None) -> None:
        bindings = self.bindings if bindings is None else bindings
        problems = []
        for name, wanted in expected.items():
            seen = observe.see(self.places[name], set(wanted))
            for aspect, expectation in wanted.items():
                problems += self._compare(bindings, name, aspect, expectation, seen)
        if problems:
            raise Wrong(problems)

    def _compare(self, bindings: Bindings, name: str, aspect: str, expected: Any,
                 seen: dict[str, Any]) -> list[str]:
        path = f"{name}.{aspect}"
        if aspect == "sysctls":
            return [problem for key, value in expected.items() for problem in bindings.problems(
                value, observe.sysctl(self.places[name], bindings.fill(key)), f"{path}.{key}")]
        if aspect == "files":
            return [problem for pattern, count in expected.items() for problem in
                    bindings.problems({"$count": count}, observe.files(bindings.fill(pattern)),
                                      f"{path}.{pattern}")]
        if aspect == "no_rules":
            return bindings.problems({"$lacks": expected}, seen["rules"], f"{name}.rules")
        if aspect in ("rules", "routes") and isinstance(expected, list):
            expected = {"$contains": expected}
        return bindings.problems(expected, seen[aspect], path)


def _bridge_of(network: dict[str, Any]) -> str:
    plugins = network.get("plugins", [network])
    return plugins[0].get("bridge", "cni0")
