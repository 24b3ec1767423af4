# SPDX-License-Identifier: Apache-2.0
"""A node with a pod that thousands of calls share: what a call has left is seen, told and removed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from runner.namespaces import CLONE_NEWNET, MS_PRIVATE, MS_REC, Namespace, mount, unshare
from world import PLACES, adopt_orphans, batch, descendants, reap

# The IPAM plugin: it answers with what the file holds, and fails where that is an error object.
_IPAM = """#!/bin/sh
[ "$CNI_COMMAND" = ADD ] || exit 0
cat /run/ipam.answer
case $(head -c 400 /run/ipam.answer | tr -d '\\0') in *'"code"'*) exit 1 ;; esac
"""
_POD = ["link add eth0 type veth peer name uplink", "link set eth0 up", "link set uplink up",
        "address add 10.244.0.37/24 dev eth0", "address add fd00:244::37/64 dev eth0 nodad"]
# What stays on purpose: locks, and what `logFile` asks for.
_KEPT = re.compile(r"\.lock$|^/var/log/|^/run/(ipam|netns)")


def hide_machine() -> None:
    """Takes the machine's networks and files out of reach; for good."""
    unshare(CLONE_NEWNET)
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    for folder in PLACES:
        mount("tmpfs", folder, "tmpfs", data="mode=755")
    mount("none", "/", flags=0x1000 | 0x20 | 0x1)  # MS_BIND | MS_REMOUNT | MS_RDONLY
    adopt_orphans()


def make_ipam() -> None:
    """Makes the IPAM plugin."""
    program = Path("/run/ipam/answer")
    program.parent.mkdir(exist_ok=True)
    program.write_text(_IPAM)
    program.chmod(0o755)


class Node:
    """The node and its pod."""

    def __init__(self) -> None:
        make_ipam()
        self.begin()

    def begin(self) -> None:
        """Makes both namespaces anew."""
        unshare(CLONE_NEWNET)
        self.host, self.pod = Namespace.current("host"), Namespace.create("pod")
        for place, commands in ((self.host, []), (self.pod, _POD)):
            with place.inside():
                batch(["link set lo up", *commands])
        self.clean_links = {name for _, name in socket.if_nameindex()}
        self.clean = self.state()

    def clear(self) -> None:
        """Removes whatever is there, by beginning anew."""
        for process in descendants():
            os.kill(process, signal.SIGKILL)
        reap()
        self.pod.become("gone")
        for folder in PLACES:
            for entry in Path(folder).iterdir():
                if entry.name not in ("ipam", "ipam.answer", "netns"):
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self.begin()

    def drop_bridges(self) -> None:
        """Removes the bridges that successful ADDs made, which stay on purpose."""
        for index, name in socket.if_nameindex():
            if name not in self.clean_links:
                _delete(index)

    def state(self) -> frozenset[str]:
        """What there is: links, addresses, routes, tables of rules, files and processes."""
        facts = set(_files()) | {f"process {number}" for number in descendants()}
        for place in (self.host, self.pod):
            with place.inside():
                facts |= {f"{place.name} {fact}" for fact in _network()}
        return frozenset(facts)


def _delete(index: int) -> None:
    """Deletes a link, whatever its name (RTM_DELLINK, `linux/rtnetlink.h`)."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.send(struct.pack("=IHHIIBBHiII", 32, 17, 5, 1, 0, 0, 0, 0, index, 0, 0))
        kernel.recv(4096)


def _network() -> Iterator[str]:
    folder = Path("/proc/thread-self/net")
    yield from (f"link {name}" for _, name in socket.if_nameindex())
    for name in ("fib_trie", "route"):
        for number, line in enumerate((folder / name).read_text().splitlines()):
            yield f"{name} {number} {line}"
    for line in (folder / "if_inet6").read_text().splitlines():
        # Without the flags, which change by themselves, and what the kernel makes itself.
        if not line.startswith("fe80"):
            yield f"address {' '.join(line.split()[:3])} {line.split()[5]}"
    yield from (f"table {name}" for name in _tables())


def _tables() -> Iterator[str]:
    """The tables of nf_tables (NFT_MSG_GETTABLE, `linux/netfilter/nf_tables.h`)."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as kernel:
        kernel.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 1, 0x301, 1, 0, 0, 0, 0))
        while True:
            rest = kernel.recv(1 << 16)
            while rest:
                length, kind = struct.unpack_from("=IH", rest)
                if kind < 16:
                    return
                size = struct.unpack_from("=H", rest, 20)[0]
                yield f"{rest[16]} {rest[24:20 + size - 1].decode(errors='replace')}"
                rest = rest[(length + 3) & ~3:]


def _files() -> Iterator[str]:
    for place in PLACES:
        for root, _, names in os.walk(place):
            for name in names:
                path = f"{root}/{name}"
                if not _KEPT.search(path):
                    yield f"file {path}"
