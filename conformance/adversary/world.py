# SPDX-License-Identifier: Apache-2.0
"""A node with a pod, recreated for every attempt, and all of its state as comparable lines."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asked import Names, told, without_chance
from harness.apart import PLACES
from harness.place import settings
from runner.namespaces import CLONE_NEWNET, Namespace, unshare

State = frozenset[str]

_BOOKKEEPING = re.compile(r"^/run/netns|/(last_reserved_ip\.\d+|lock)$|\.lock$")
# Counters, IDs and values that the kernel determines itself.
_UNSETTLED = {
    "ifindex", "link_index", "link_netnsid", "operstate", "stats", "stats64", "addr_info", "flags",
    "group_addr", "valid_life_time", "preferred_life_time", "tentative", "expires", "root_port",
    "bridge_id", "root_id", "designated_root", "designated_bridge", "designated_port", "id", "no",
    "port_id", "state", "qdisc", "num_tx_queues", "num_rx_queues", "pref",
}
_COUNTERS = re.compile(r"_timer$|_age$|^(topology|max_age|age|hold|tso_|gso_|gro_)|change")


class World:
    """The namespaces of a node and its pods; the node's state folders are empty."""

    def __init__(self, given: list[str], names: tuple[str, ...] = ("pod",)) -> None:
        for folder in PLACES:
            for entry in Path(folder).iterdir():
                if entry.name != "netns":
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        unshare(CLONE_NEWNET)
        self.host = Namespace.current("host")
        self.pods = [Namespace.create(name) for name in names]
        raise_loopback()
        for pod in self.pods:
            with pod.inside():
                raise_loopback()
                if given:
                    batch(given)

    def drop_pods(self) -> None:
        """Ends the pods' namespaces, as a reboot or an early runtime does."""
        while self.pods:
            self.pods.pop().become("gone")

    def close(self) -> None:
        self.drop_pods()
        self.host.close()
        for process in descendants():
            os.kill(process, signal.SIGKILL)
        reap()

    def state(self) -> State:
        """Returns the whole state, one line per fact."""
        lines, names, links = [], {}, {}
        for place in (self.host, *self.pods):
            links[place] = _links(place)
            names |= {link["address"]: f"<{place.name} {link['ifname']}>" for link in links[place]
                      if link.get("address", "").count(":") == 5 and link["address"].strip("0:")}
        for place in links:
            found = [_constant(line, names) for link in links[place] for line in _link(link)]
            with place.inside():
                found += [*_told(names), *settings()]
            lines += [f"{place.name}: {line}" for line in found]
        others = [*(f"process {_command(process)}" for process in descendants()), *_files()]
        return frozenset(lines + [_constant(line, names) for line in others])


def raise_loopback() -> None:
    """Sets lo up (SIOCSIFFLAGS, `linux/sockios.h`), as `ip link set lo up` does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 1).ljust(40, b"\0"))


def batch(commands: list[str]) -> None:
    """Runs ip commands in this thread's namespace."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def settled(read: Any, is_right: Any) -> State:
    """Returns the expected state, or the state after a timeout."""
    deadline = time.monotonic() + 2
    while not is_right(state := read()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return state


def _links(place: Namespace) -> list[dict[str, Any]]:
    with place.inside():
        return _objects(subprocess.run(("ip", "-j", "-d", "address", "show"), capture_output=True,
                                       text=True, check=True).stdout)


def _told(names: Names) -> Iterator[str]:
    """The state of this thread's namespace, except its links."""
    for family in "46":
        yield from told(f"ip -{family} -j route show table all", names, _routes)
        yield from told(f"ip -{family} -j rule show", names, lambda answer: [
            f"policy {_flat(rule)}" for rule in _objects(answer)])
    yield from told("bridge -j vlan show", names, lambda answer: [
        f"vlan {port['ifname']} {_flat(vlan)}" for port in _objects(answer) for vlan in port["vlans"]])
    yield from told("nft --stateless list ruleset", names, lambda answer: list(_rules(answer)))


def _objects(answer: str) -> list[dict[str, Any]]:
    return [item for item in json.loads(answer or "[]") if item]


def _routes(answer: str) -> list[str]:
    return [f"route {_flat(route)}" for route in _objects(answer)
            if route.get("protocol") != "kernel" and route.get("type") not in ("multicast", "anycast")]


def _link(link: dict[str, Any]) -> Iterator[str]:
    name, info = link["ifname"], link.get("linkinfo", {})
    known = {**link, **info.get("info_data", {}), **info.get("info_slave_data", {})}
    for key, value in known.items():
        if key not in _UNSETTLED and not _COUNTERS.search(key) and not isinstance(value, dict):
            yield f"link {name} {key} {value}"
    yield f"link {name} kind {info.get('info_kind', '-')}"
    for flag in ("UP", "PROMISC", "ALLMULTI", "NOARP"):
        if flag in link["flags"]:
            yield f"link {name} is {flag}"
    for address in link.get("addr_info", []):
        yield f"address {name} {address['local']}/{address['prefixlen']} {address['scope']}"


def _constant(line: str, names: Names) -> str:
    return without_chance(line.encode(), names).decode() if line.count(":") > 1 else line


def _flat(item: dict[str, Any]) -> str:
    return " ".join(f"{key} {value}" for key, value in item.items() if key not in _UNSETTLED)


def _rules(text: str) -> Iterator[str]:
    """Every line of a ruleset with the table, chain or set it is in."""
    path: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if line.endswith(" {"):
            path.append(line[:-2])
            yield f"rule {' / '.join(path)}"
        elif line == "}":
            path.pop()
        elif line:
            yield f"rule {' / '.join(path)}: {line}"


def _files() -> Iterator[str]:
    for root, path in ((root, f"{root}/{name}") for place in PLACES
                       for root, _, names in os.walk(place) for name in names):
        if not _BOOKKEEPING.search(path):
            content = Path(path).read_bytes()[:200].decode(errors="replace")
            yield f"file {path} " + re.sub(r"\d{2,}", "N", content).strip()


# Orphans of this process stay its children, so that nothing a plugin has started gets lost.
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants() -> list[int]:
    """Returns the living processes that descend from this one."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if words[0] != "Z":
            parents[int(folder.name)] = int(words[1])
    found, size = {os.getpid()}, 0
    while size != len(found):
        size = len(found)
        found |= {process for process, parent in parents.items() if parent in found}
    return sorted(found - {os.getpid()})


def reap() -> None:
    """Reaps children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _command(process: int) -> str:
    folder = Path(f"/proc/{process}")
    try:
        words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        return f"{words} in {' '.join((folder / 'cgroup').read_text().split())}"
    except OSError:
        return "?"
