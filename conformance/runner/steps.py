# SPDX-License-Identifier: Apache-2.0
"""The verbs of a case's steps."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import Any

from . import attach, dhcp, direct, namespaces, observe, wire
from .sandbox import WORK
from .scene import Scene, Wrong

Step = dict[str, Any]


def perform(scene: Scene, step: Step) -> None:
    verb = next(key for key in step if key in VERBS)
    VERBS[verb](scene, step)


def _see(scene: Scene, step: Step) -> None:
    end = time.monotonic() + step.get("within", 0) * scene.settings.patience
    while True:
        try:
            return scene.require_seen(step["see"])
        except Wrong:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


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


def _lock(scene: Scene, step: Step) -> None:
    """A process holds the lock of a namespace's file, which needs no privilege."""
    descriptor = os.open(scene.place(step["lock"]).path, os.O_RDONLY)  # until the case's process ends
    fcntl.flock(descriptor, fcntl.LOCK_SH if step.get("shared") else fcntl.LOCK_EX)


def _readonly(scene: Scene, step: Step) -> None:
    """Makes a folder read-only, in this case's mounts only."""
    namespaces.mount(step["readonly"], step["readonly"], flags=namespaces.MS_BIND)
    flags = namespaces.MS_REMOUNT | namespaces.MS_BIND | namespaces.MS_RDONLY
    namespaces.mount("none", step["readonly"], flags=flags)


def _dhcp(scene: Scene, step: Step) -> None:
    """A DHCP server on a container's eth0, and the daemon of the dhcp plugin on the host."""
    dhcp.start_server(scene.place(step["dhcp"]), step["gives"])
    dhcp.start_daemon(scene.cni_path() / "dhcp", 5 * scene.settings.patience)


VERBS = {
    "add": lambda scene, step: attach.attach(scene, step, "add"),
    "check": lambda scene, step: attach.attach(scene, step, "check"),
    "del": lambda scene, step: attach.attach(scene, step, "del"),
    "gc": lambda scene, step: attach.network_wide(scene, step, "gc"),
    "status": lambda scene, step: attach.network_wide(scene, step, "status"),
    "direct": direct.call,
    "change": lambda scene, step: scene.change(step["change"]),
    "see": _see,
    "frames": wire.send_and_hear,
    "listen": wire.listen,
    "heard": wire.heard,
    "talk": wire.exchange,
    "netns": _netns,
    "forget": _forget,
    "lock": _lock,
    "dhcp": _dhcp,
    "readonly": _readonly,
}
