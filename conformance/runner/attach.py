# SPDX-License-Identifier: Apache-2.0
"""The steps through libcni: add, check and del of attachments, gc and status of networks."""

from __future__ import annotations

import threading
from typing import Any

from . import invoke
from .invoke import Answer, Attachment
from .judgement import judge
from .matching import Bindings
from .scene import Scene

Step = dict[str, Any]


def finish(scene: Scene) -> None:
    """Deletes all remaining attachments twice, and checks for the state before ADD."""
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
    judge(scene, {}, answer, scene.bindings)


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


def attach(scene: Scene, step: Step, verb: str) -> None:
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
        judge(scene, step.get("expect", {}), answer, bindings)
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


def network_wide(scene: Scene, step: Step, verb: str) -> None:
    unchanged = scene.snapshot() if verb == "status" else None
    answer = invoke.runtime(scene.settings.cnitool, verb, scene.cni_path(step.get("by")),
                            scene.network(step), scene.settings.limit,
                            valid=scene.bindings.fill(step.get("valid", [])))
    judge(scene, step.get("expect", {}), answer, scene.bindings)
    if unchanged is not None:
        scene.require_no_leftovers(unchanged, None)
    elif not step.get("valid") and scene.before is not None:
        scene.require_no_leftovers(scene.before, scene.network(step))
