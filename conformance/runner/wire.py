# SPDX-License-Identifier: Apache-2.0
"""The steps on the wire: frames sent and received, silence, and datagrams with replies."""

from __future__ import annotations

import json
from typing import Any

from . import frames, observe, talk
from .scene import Scene, Wrong

Step = dict[str, Any]


def _port(scene: Scene, name: str) -> frames.Port:
    """Opens 'container' (its eth0), 'container/interface' or 'host/interface'."""
    if name not in scene.ports:
        place, _, ifname = scene.bindings.fill(name).partition("/")
        scene.ports[name] = frames.Port(scene.place(place), ifname or "eth0")
    return scene.ports[name]


def send_and_hear(scene: Scene, step: Step) -> None:
    listening = step.get("among") or [name for name in scene.places if name != "host"]
    before = observe.forwarding(scene.host)
    sent = [(item, _send(scene, item, listening)) for item in step["frames"]]
    frames.listen(scene.ports.values(), 0.08 * scene.settings.patience)
    problems = []
    for item, token in sent:
        expected = item["reaches"]
        seen = {name: [list(frame.tags) for frame in _port(scene, name).heard
                       if token in frame.payload] for name in listening}
        seen = {name: tags for name, tags in seen.items() if tags}
        wanted = {name: [[] if isinstance(expected, list) else
                         [str(tag) for tag in expected[name]]] for name in expected}
        if seen != wanted:
            problems.append(f"frame {item.get('says', _describe(item))}: seen {json.dumps(seen)}, "
                            f"expected {json.dumps(wanted)} (port: tags of each copy)")
    if step.get("fdb") == "unchanged":
        now = observe.forwarding(scene.host)
        problems += [f"forwarding: {mac} is now behind {now.get(mac)}, was behind {port}"
                     for mac, port in before.items() if now.get(mac) != port]
        problems += [f"forwarding: {mac} was learned behind {port}"
                     for mac, port in now.items() if mac not in before]
    if problems:
        raise Wrong(problems)


def _send(scene: Scene, item: dict[str, Any], listening: list[str]) -> bytes:
    """Sends a frame and waits until all expected receivers have it; others are checked later."""
    port = _port(scene, item["from"])
    listeners = {name: _port(scene, name) for name in listening}
    token = frames.token()
    fill = scene.bindings.fill
    kind = int(item.get("type", "0x88b5"), 16)
    port.send(frames.build(
        fill(item.get("dst", "ff:ff:ff:ff:ff:ff")), fill(item.get("src", port.mac)),
        fill(item.get("vlan", [])), kind, frames.packet(kind, token)))
    frames.listen(
        listeners.values(), (1 if item["reaches"] else 0.02) * scene.settings.patience,
        lambda: item["reaches"] and all(any(
            token in frame.payload for frame in listeners[name].heard)
            for name in item["reaches"]))
    return token


def _describe(item: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in item.items() if key != "reaches")


def listen(scene: Scene, step: Step) -> None:
    for name in step["listen"]:
        port = _port(scene, name)
        port.drain()
        port.heard.clear()
        port.messages = 0


def heard(scene: Scene, step: Step) -> None:
    """Checks how many frames of a source each port has received while listening, `after` seconds."""
    frames.listen(scene.ports.values(), step.get("after", 0.1))
    problems = []
    for item in step["heard"]:
        if "messages" in item:
            sent, limit = _port(scene, item["at"]).messages, item["messages"]
            if not 0 < sent <= limit:
                problems.append(f"{sent} netlink messages, expected 1 to {limit}")
            continue
        source = scene.bindings.fill(item["src"])
        seen = [str(frame) for frame in _port(scene, item["at"]).heard if frame.source == source]
        if len(seen) != item["count"]:
            problems.append(f"{item['at']} heard {len(seen)} frames of {source}, expected "
                            f"{item['count']}: {seen[:5]}")
    if problems:
        raise Wrong(problems)


def exchange(scene: Scene, step: Step) -> None:
    expect = step.get("expect", {"arrives": True, "answered": True})
    seconds = (6 if expect.get("arrives", True) else 0.5) * scene.settings.patience
    seen = talk.exchange(scene.place(step["from"]), scene.place(step["at"]),
                         scene.bindings.fill(step["talk"]), step.get("port", 7007), seconds,
                         b"question".ljust(step.get("bytes", 8)))
    problems = scene.bindings.problems(expect, seen, f"talk {step['talk']}")
    if problems:
        raise Wrong(problems)
