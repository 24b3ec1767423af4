# SPDX-License-Identifier: Apache-2.0
"""The verbs of a case's steps."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from . import frames, invoke, observe, talk
from .invoke import Answer, Attachment
from .matching import Bindings
from .perform import Scene, Wrong
from .sandbox import WORK

Step = dict[str, Any]


def perform(scene: Scene, step: Step) -> None:
    verb = next(key for key in step if key in VERBS)
    VERBS[verb](scene, step)


def finish(scene: Scene) -> None:
    """Takes off what is still attached, everything twice, and demands the state before ADD."""
    for attachment in list(scene.live):
        _succeed(scene, "del", attachment)
        _detached(scene, attachment)
    for attachment in scene.ended:
        _succeed(scene, "del", attachment)
    if scene.ended and scene.before is not None:
        scene.require_no_leftovers(scene.before, scene.ended[-1].network)


def _succeed(scene: Scene, verb: str, attachment: Attachment) -> None:
    answer = invoke.runtime(scene.settings.cnitool, verb, scene.cni_path(), attachment.network,
                            scene.settings.limit, attachment)
    _judge(scene, {}, answer, scene.bindings)


def _attachment(scene: Scene, step: Step, container: str) -> Attachment:
    fill = scene.bindings.fill
    return Attachment(
        container, scene.place(container).path, fill(step.get("as", "eth0")),
        fill(step.get("id", f"ctr-{container}")), scene.network(step),
        fill(step.get("args", "")), fill(step.get("capabilities")))


def _containers(scene: Scene, step: Step, verb: str) -> list[str]:
    named = step[verb]
    if named == "each":
        return [name for name in scene.places if name != "host"]
    return named if isinstance(named, list) else [named]


def _attach(scene: Scene, step: Step, verb: str) -> None:
    attachments = [_attachment(scene, step, name) for name in _containers(scene, step, verb)]
    fails = "error" in step.get("expect", {})
    if scene.before is None:
        scene.before = scene.snapshot()
    watches = verb == "add" and fails or verb == "check" and scene.instance.is_first
    unchanged = scene.snapshot() if watches else None
    answers = _call_all(scene, step, verb, attachments)
    for attachment, answer in zip(attachments, answers):
        bindings = scene.bindings if len(attachments) == 1 else Bindings(scene.bindings)
        bindings["netns"] = attachment.netns
        _judge(scene, step.get("expect", {}), answer, bindings)
        if not fails and verb == "add" and attachment not in scene.live:
            scene.live.append(attachment)
        elif not fails and verb == "del":
            _detached(scene, attachment)
    if unchanged is not None:
        scene.require_no_leftovers(unchanged, None)
    elif verb == "del" and not scene.live and "by" not in step and scene.before is not None:
        scene.require_no_leftovers(scene.before, attachments[-1].network)


def _call_all(scene: Scene, step: Step, verb: str, attachments: list[Attachment]) -> list[Answer]:
    """Calls for several containers go out at once, as on a node that starts many pods."""
    answers: list[Any] = [None] * len(attachments)
    path = scene.cni_path(step.get("by"))

    def call(index: int) -> None:
        answers[index] = invoke.runtime(scene.settings.cnitool, verb, path,
                                        attachments[index].network, scene.settings.limit,
                                        attachments[index])

    threads = [threading.Thread(target=call, args=(index,)) for index in range(len(attachments))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _detached(scene: Scene, attachment: Attachment) -> None:
    same = [known for known in scene.live if (known.identity, known.ifname) ==
            (attachment.identity, attachment.ifname)]
    for known in same:
        scene.live.remove(known)
    scene.ended.append(attachment)


def _judge(scene: Scene, expect: dict[str, Any], answer: Answer, bindings: Bindings) -> None:
    problems = list(answer.faults)
    if "error" in expect:
        if answer.error is None:
            problems.append(f"succeeded, expected the error {json.dumps(expect['error'])}")
        else:
            problems += bindings.problems(expect["error"], answer.error, "error")
    elif answer.error is not None and not expect.get("may_fail"):
        problems.append(f"failed: {json.dumps(answer.error)}")
    seen = {"result": answer.result, "exit": answer.exit, "stdout": answer.stdout,
            "stderr": answer.stderr}
    for key, value in seen.items():
        if key in expect:
            problems += bindings.problems(expect[key], value, key)
    if "seconds" in expect and answer.seconds > expect["seconds"] * scene.settings.patience:
        problems.append(f"took {answer.seconds:.2f} s, expected at most {expect['seconds']} s")
    for name, calls in expect.get("delegated", {}).items():
        problems += bindings.problems(calls, scene.scripted[name].calls(), f"delegated.{name}")
    if problems:
        raise Wrong(problems)
    if "on" in expect:
        scene.require_seen(expect["on"], bindings)


def _network_wide(scene: Scene, step: Step, verb: str) -> None:
    unchanged = scene.snapshot() if verb == "status" else None
    answer = invoke.runtime(scene.settings.cnitool, verb, scene.cni_path(step.get("by")),
                            scene.network(step), scene.settings.limit,
                            valid=scene.bindings.fill(step.get("valid", [])))
    _judge(scene, step.get("expect", {}), answer, scene.bindings)
    if unchanged is not None:
        scene.require_no_leftovers(unchanged, None)
    elif not step.get("valid") and scene.before is not None:
        scene.require_no_leftovers(scene.before, scene.network(step))


def _direct(scene: Scene, step: Step) -> None:
    """Calls the binary itself. What it is told must not change anything unless the step says so."""
    command, container = scene.bindings.fill(step["direct"]), step.get("to", "pod")
    network = scene.network(step) if "network" in step or "stdin" not in step else {}
    plugin = scene.cni_path(step.get("by")) / step.get("plugin", network.get("type", "cnv-bridge"))
    env: dict[str, Any] = {
        "CNI_COMMAND": command, "CNI_CONTAINERID": step.get("id", f"ctr-{container}"),
        "CNI_NETNS": scene.place(container).path, "CNI_IFNAME": step.get("as", "eth0"),
        "CNI_PATH": str(plugin.parent)}
    env.update(step.get("env", {}))
    exact = {key: value for key, value in scene.bindings.fill(env).items() if value is not None}
    if scene.before is None:
        scene.before = scene.snapshot()
    before = scene.snapshot() if not step.get("changes") else None
    stdin = _bytes(scene.bindings.fill(step["stdin"])) if "stdin" in step else json.dumps(
        network).encode()
    answer = invoke.direct(plugin, exact, stdin, scene.settings.limit)
    bindings = scene.bindings
    bindings["netns"] = exact.get("CNI_NETNS", "")
    _judge(scene, step.get("expect", {}), answer, bindings)
    if before is not None:
        scene.require_no_leftovers(before, None)
    elif step["changes"] == "back" and scene.before is not None:
        scene.require_no_leftovers(scene.before, network)


def _bytes(content: Any) -> bytes | Path:
    """Text, {"hex": …}, {"repeat": "[", "times": 9}, {"open": path}; else it is written as JSON."""
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


def _see(scene: Scene, step: Step) -> None:
    end = time.monotonic() + step.get("within", 0) * scene.settings.patience
    while True:
        try:
            return scene.require_seen(step["see"])
        except Wrong:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


def _port(scene: Scene, name: str) -> frames.Port:
    """Opens 'container' (its eth0), 'container/interface' or 'host/interface'."""
    if name not in scene.ports:
        place, _, ifname = scene.bindings.fill(name).partition("/")
        scene.ports[name] = frames.Port(scene.place(place), ifname or "eth0")
    return scene.ports[name]


def _frames(scene: Scene, step: Step) -> None:
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
    """Sends a frame and waits until all that should hear it have; the others get time later."""
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


def _listen(scene: Scene, step: Step) -> None:
    for name in step["listen"]:
        _port(scene, name).heard.clear()


def _heard(scene: Scene, step: Step) -> None:
    """Demands how many frames of a source each port has heard since it listens, `after` seconds."""
    frames.listen(scene.ports.values(), step.get("after", 0.1))
    problems = []
    for item in step["heard"]:
        source = scene.bindings.fill(item["src"])
        seen = [str(frame) for frame in _port(scene, item["at"]).heard if frame.source == source]
        if len(seen) != item["count"]:
            problems.append(f"{item['at']} heard {len(seen)} frames of {source}, expected "
                            f"{item['count']}: {seen[:5]}")
    if problems:
        raise Wrong(problems)


def _talk(scene: Scene, step: Step) -> None:
    expect = step.get("expect", {"arrives": True, "answered": True})
    seconds = (3 if expect.get("arrives", True) else 0.5) * scene.settings.patience
    seen = talk.exchange(scene.place(step["from"]), scene.place(step["at"]),
                         scene.bindings.fill(step["talk"]), step.get("port", 7007), seconds)
    problems = scene.bindings.problems(expect, seen, f"talk {step['talk']}")
    if problems:
        raise Wrong(problems)


def _netns(scene: Scene, step: Step) -> None:
    place = scene.place(step["netns"])
    links = len(observe.links(scene.host))
    place.become(step["becomes"])
    end = time.monotonic() + 2 * scene.settings.patience
    while not place.is_open and len(observe.links(scene.host)) == links:
        if time.monotonic() > end:  # the kernel takes namespaces down in its own time
            return
        time.sleep(0.01)


def _forget(scene: Scene, step: Step) -> None:
    """The runtime's cache is lost, as after a reinstallation: GC gets no help from libcni."""
    shutil.rmtree(Path(WORK) / "cache", ignore_errors=True)


VERBS = {
    "add": lambda scene, step: _attach(scene, step, "add"),
    "check": lambda scene, step: _attach(scene, step, "check"),
    "del": lambda scene, step: _attach(scene, step, "del"),
    "gc": lambda scene, step: _network_wide(scene, step, "gc"),
    "status": lambda scene, step: _network_wide(scene, step, "status"),
    "direct": _direct,
    "change": lambda scene, step: scene.change(step["change"]),
    "see": _see,
    "frames": _frames,
    "listen": _listen,
    "heard": _heard,
    "talk": _talk,
    "netns": _netns,
    "forget": _forget,
}
