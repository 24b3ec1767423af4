# SPDX-License-Identifier: Apache-2.0
"""Replays the changes that an ADD asked of the kernel, without the program around them."""

import fcntl
import os
import re
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from bed import Bed

TUNSETIFF, TUNSETPERSIST, TUNSETOWNER, TUNSETGROUP = 0x400454CA, 0x400454CB, 0x400454CC, 0x400454CE
SOCKET = re.compile(r"socket\(AF_NETLINK, [^,]+, (\w+)\) = (\d+)")
SEND = re.compile(r"(?:sendmsg|sendto)\((\d+),")
OPEN = re.compile(r'openat\(AT_FDCWD, "([^"]+)", ([A-Z_|]+).*\) = (\d+)')
WRITE = re.compile(r'write\((\d+), "([^"]*)"')
HEX = re.compile(r"^ \| [0-9a-f]+  ((?:[0-9a-f]{2} {1,2})+)")


def record(plugin, configuration):
    """The calls of one ADD that change or read the pod: netlink messages, settings, the tap."""
    bed = Bed(plugin, configuration=configuration)
    trace = tempfile.mktemp()
    try:
        wrapper = Path(tempfile.mkdtemp()) / "traced"
        wrapper.write_text(
            "#!/bin/sh\n"
            f"exec strace -o {trace} -e trace=socket,sendmsg,sendto,openat,read,write -e write=all"
            f" -s 200 {plugin}\n"
        )
        wrapper.chmod(0o755)
        bed.plugin = str(wrapper)
        bed.add()
        bed.plugin = plugin
        return list(parse(open(trace).read().splitlines()))
    finally:
        bed.end()
        os.unlink(trace)


def parse(lines):
    """Yields ("netlink", family, bytes), ("write", path, text), ("read", path) and ("tap",)."""
    families, paths, pending = {}, {}, None
    data = bytearray()
    for line in [*lines, ""]:
        if pending is not None:
            if found := HEX.match(line):
                data += bytes.fromhex(found[1].replace(" ", ""))
                continue
            if line.startswith(" *"):
                continue
            if data:
                yield ("netlink", pending, bytes(data))
            pending, data = None, bytearray()
        if found := SOCKET.match(line):
            families[found[2]] = found[1]
        elif found := SEND.match(line):
            pending = families.get(found[1])
        elif found := OPEN.match(line):
            paths[found[3]] = found[1]
            if found[1] == "/dev/net/tun":
                yield ("tap",)
            elif found[1].startswith("/proc/sys/net") and "O_RDONLY" in found[2]:
                yield ("read", found[1])
        elif found := WRITE.match(line):
            path = paths.get(found[1], "")
            if path.startswith("/proc/sys/net"):
                yield ("write", path, found[2])


def bare_kernel_work(calls):
    """Seconds that the kernel takes for the calls, in the namespace of the caller."""
    numbers = {"NETLINK_ROUTE": 0, "NETLINK_NETFILTER": 12}
    start = time.perf_counter()
    sockets = {}
    for call in calls:
        if call[0] == "netlink":
            netlink = sockets.get(call[1])
            if netlink is None:
                netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, numbers[call[1]])
                netlink.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                sockets[call[1]] = netlink
            netlink.send(call[2])
            drain(netlink)
        elif call[0] == "write":
            Path(call[1]).write_text(call[2])
        elif call[0] == "read":
            if os.path.exists(call[1]):
                Path(call[1]).read_text()
        else:
            make_tap()
    return time.perf_counter() - start


def drain(netlink):
    try:
        while True:
            netlink.recv(1 << 16, socket.MSG_DONTWAIT)
    except BlockingIOError:
        pass


def make_tap():
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"tap0", 0x2 | 0x1000 | 0x8000))
    fcntl.ioctl(tap, TUNSETOWNER, 107)
    fcntl.ioctl(tap, TUNSETGROUP, 107)
    fcntl.ioctl(tap, TUNSETPERSIST, 1)
    os.close(tap)
