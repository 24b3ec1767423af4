# SPDX-License-Identifier: Apache-2.0
"""The step that calls a plugin's binary directly, for input that libcni would never send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import invoke
from .judgement import judge
from .scene import Scene


def call(scene: Scene, step: dict[str, Any]) -> None:
    """Calls the binary itself. The call must not change anything unless the step allows it."""
    command, container = scene.bindings.fill(step["direct"]), step.get("to", "pod")
    network = scene.network(step) if "network" in step or "stdin" not in step else {}
    plugin = scene.cni_path(step.get("by")) / step.get("plugin", network.get("type", "cnv-bridge"))
    env: dict[str, Any] = {
        "CNI_COMMAND": command, "CNI_CONTAINERID": step.get("id", f"ctr-{container}"),
        "CNI_NETNS": scene.place(container).path, "CNI_IFNAME": step.get("as", "eth0"),
        "CNI_PATH": str(plugin.parent)}
    env.update(step.get("env", {}))
    exact = {key: value if isinstance(value, str) else _bytes(value).decode()
             for key, value in scene.bindings.fill(env).items() if value is not None}
    if scene.before is None:
        scene.before = scene.snapshot()
    before = scene.snapshot() if not step.get("changes") else None
    stdin = _bytes(scene.bindings.fill(step["stdin"])) if "stdin" in step else json.dumps(
        network).encode()
    answer = invoke.direct(plugin, exact, stdin, scene.settings.limit, step.get("signal"),
                           scene.bindings.fill(step.get("stdout", "")))
    bindings = scene.bindings
    bindings["netns"] = exact.get("CNI_NETNS", "")
    judge(scene, step.get("expect", {}), answer, bindings)
    if before is not None:
        scene.require_no_leftovers(before, None)
    elif step["changes"] == "back" and scene.before is not None:
        scene.require_no_leftovers(scene.before, network)


def _bytes(content: Any) -> bytes | Path:
    """Text, {"hex": …}, {"repeat": "[", "times": 9}, {"open": path}; else written as JSON."""
    if isinstance(content, dict) and "open" in content:
        return Path(content["open"])
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, dict) and "hex" in content:
        return bytes.fromhex(content["hex"])
    if isinstance(content, dict) and "repeat" in content:
        return (content.get("before", "") + content["repeat"] * content["times"]
                + content.get("after", "")).encode()
    return json.dumps(content).encode()
