# SPDX-License-Identifier: Apache-2.0
"""A node with a pod, made anew for every attempt, and all of its state as comparable lines."""

from __future__ import annotations

import ctypes
import ipaddress
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runner.namespaces import CLONE_NEWNET, Namespace, unshare

State = frozenset[str]

# Where plugins of these tests may leave files.
PLACES = ("/run", "/var/lib", "/var/log", "/tmp")
_BOOKKEEPING = re.compile(r"^/run/netns|/(last_reserved_ip\.\d+|lock)$|\.lock$")
# What the kernel counts, numbers or finds out by itself, not what anybody has set.
_UNSETTLED = {
    "ifindex", "link_index", "link_netnsid", "operstate", "stats", "stats64", "addr_info", "flags",
    "group_addr", "valid_life_time", "preferred_life_time", "tentative", "expires", "root_port",
    "bridge_id", "root_id", "designated_root", "designated_bridge", "designated_port", "id", "no",
    "port_id", "state", "qdisc", "num_tx_queues", "num_rx_queues", "pref",
}
_COUNTERS = re.compile(r"_timer$|_age$|^(topology|max_age|age|hold|tso_|gso_|gro_)|change")
_SETTING_COUNTERS = re.compile(r"/(nf_conntrack_count|flush|stable_secret|netdev_rss_key)$")


class World:
    """The namespaces of a node and of pods on it; what the node keeps in files is empty."""

    def __init__(self, given: list[str], names: tuple[str, ...] = ("pod",)) -> None:
        for folder in PLACES:
            for entry in Path(folder).iterdir():
                if entry.name != "netns":
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        unshare(CLONE_NEWNET)
        self.host = Namespace.current("host")
        self.pods = [Namespace.create(name) for name in names]
        for place, commands in [(self.host, []), *((pod, given) for pod in self.pods)]:
            with place.inside():
                batch(["link set lo up", *commands])

    def drop_pods(self) -> None:
        """Ends the pods' namespaces, as a reboot or a runtime that is ahead of us does."""
        while self.pods:
            self.pods.pop().become("gone")

    def close(self) -> None:
        self.drop_pods()
        for process in descendants():
            os.kill(process, signal.SIGKILL)
        reap()

    def state(self) -> State:
        """Returns everything there is, one line per fact."""
        lines, names = [], {}
        for place in (self.host, *self.pods):
            more, known = _namespace(place)
            lines, names = lines + more, names | known
        lines += [f"process {_command(process)}" for process in descendants()]
        lines += _files()
        return frozenset(_without_chance(line, names) for line in lines)


def batch(commands: list[str]) -> None:
    """Has ip perform commands in this thread's namespace."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def settled(read: Any, is_right: Any) -> State:
    """Returns a state that is right, or the one it still has when the kernel has had its time."""
    deadline = time.monotonic() + 2
    while not is_right(state := read()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return state


# One shell instead of a process per question: states are looked at thousands of times.
_QUESTIONS = ("ip -j -d address show", "ip -4 -j route show table all",
              "ip -6 -j route show table all", "ip -4 -j rule show", "ip -6 -j rule show",
              "bridge -j vlan show", "nft --stateless list ruleset")
_SCRIPT = "set -e; " + "; printf '\\n=\\n'; ".join(_QUESTIONS)


def _namespace(place: Namespace) -> tuple[list[str], dict[str, str]]:
    """Returns the facts of a namespace, and the MAC addresses that stand for its links."""
    with place.inside():
        done = subprocess.run(["sh", "-c", _SCRIPT], capture_output=True, text=True, check=True)
        lines = list(_settings("/proc/sys/net"))
    *answers, rules = done.stdout.split("\n=\n")
    links, *routes, old_policies, policies, vlans = (
        [item for item in json.loads(answer or "[]") if item] for answer in answers)
    lines += [line for link in links for line in _link(link)]
    lines += [f"route {_flat(route)}" for family in routes for route in family
              if route.get("protocol") != "kernel"
              and route.get("type") not in ("multicast", "anycast")]
    lines += [f"policy {_flat(rule)}" for rule in old_policies + policies]
    lines += [f"vlan {port['ifname']} {_flat(vlan)}" for port in vlans for vlan in port["vlans"]]
    lines += _rules(rules)
    names = {link["address"]: f"<{place.name} {link['ifname']}>" for link in links
             if link.get("address", "").count(":") == 5 and link["address"].strip("0:")}
    return [f"{place.name}: {line}" for line in lines], names


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


def _flat(item: dict[str, Any]) -> str:
    return " ".join(f"{key} {value}" for key, value in item.items() if key not in _UNSETTLED)


def _without_chance(line: str, names: dict[str, str]) -> str:
    """Random MAC addresses become the name of their link, and so do addresses made of them."""
    if line.count(":") < 5 or " setting " in line:
        return line
    for mac, name in names.items():
        line = line.replace(mac, name)
        if "fe80::" in line:
            octets = bytes.fromhex(mac.replace(":", ""))
            own = bytes([octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]])
            address = str(ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + own))
            line = line.replace(address, f"fe80::{name}")
    return line


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


def _settings(folder: str) -> Iterator[str]:
    for root, _, names in os.walk(folder):
        for path in (f"{root}/{name}" for name in names):
            if not _SETTING_COUNTERS.search(path):
                try:
                    descriptor = os.open(path, os.O_RDONLY)
                except OSError:
                    continue
                try:
                    yield f"setting {path[10:]} = {os.read(descriptor, 4096).decode().strip()}"
                except OSError:
                    pass
                finally:
                    os.close(descriptor)


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
