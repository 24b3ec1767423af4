# SPDX-License-Identifier: Apache-2.0
"""The folder of plugins a case sees: ours or a peer's under our names, and the IPAM plugins."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# If a peer's folder has no such name, this is the plugin that ours replaces.
_STANDS_FOR = {"cnv-bridge": "bridge"}
_OURS = ("cnv-bridge", "sriov", "masquerade")
_PACKAGED = ("host-local", "static", "dhcp", "tuning", "sbr", "vrf", "bandwidth")

# Records its input, byte for byte, and replies as the case prescribes.
_SCRIPTED = """#!/bin/sh
exec 9>>{log}/lock; flock 9
n=$(($(cat {log}/count 2>/dev/null || echo 0) + 1)); echo $n > {log}/count
cat > {log}/$n.stdin
env > {log}/$n.env
test -f {log}/$CNI_COMMAND.stderr && cat {log}/$CNI_COMMAND.stderr >&2
cat {log}/$CNI_COMMAND.stdout 2>/dev/null
exit $(cat {log}/$CNI_COMMAND.exit 2>/dev/null || echo 0)
"""


@dataclass(frozen=True)
class Repository:
    """The folders plugins are taken from."""

    plugins: Path
    peers: Path

    def find(self, name: str, by: str | None = None) -> Path | None:
        """Returns the executable for `name`, of the peer `by` if one is named."""
        folder = self.peers / by if by else self.plugins
        for candidate in (name, _STANDS_FOR.get(name, "")):
            if candidate and (folder / candidate).is_file():
                return folder / candidate
        packaged = self.peers / "1.9.1" / name
        return packaged if name in _PACKAGED and packaged.is_file() else None

    def assemble(self, target: Path, by: str | None = None) -> None:
        """Links every plugin into `target`, which then serves as CNI_PATH."""
        target.mkdir(parents=True, exist_ok=True)
        for name in _OURS + _PACKAGED:
            found = self.find(name, by)
            if found:
                os.symlink(found.resolve(), target / name)


class ScriptedPlugin:
    """A delegate whose replies are data: {"ADD": {"stdout": …, "stderr": …, "exit": …}}."""

    def __init__(self, name: str, answers: dict[str, Any], log: Path) -> None:
        self.name = name
        self.log = log / name
        self.log.mkdir(parents=True)
        for command, answer in answers.items():
            for stream, content in answer.items():
                text = content if isinstance(content, str) else json.dumps(content)
                (self.log / f"{command}.{stream}").write_text(text)

    def install(self, folder: Path) -> None:
        path = folder / self.name
        path.write_text(_SCRIPTED.format(log=self.log))
        path.chmod(0o755)

    def calls(self) -> list[dict[str, Any]]:
        """Returns what it was asked so far: command, environment, stdin as text and as JSON."""
        count = self.log / "count"
        total = int(count.read_text()) if count.exists() else 0
        return [self._call(number) for number in range(1, total + 1)]

    def _call(self, number: int) -> dict[str, Any]:
        text = (self.log / f"{number}.stdin").read_bytes().decode(errors="replace")
        lines = (self.log / f"{number}.env").read_text().splitlines()
        environment = dict(line.split("=", 1) for line in lines if "=" in line)
        try:
            config = json.loads(text)
        except ValueError:
            config = None
        return {"command": environment.get("CNI_COMMAND"), "env": environment, "text": text,
                "config": config}
