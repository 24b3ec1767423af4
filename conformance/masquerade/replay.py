# SPDX-License-Identifier: Apache-2.0
"""Records what an ADD asks of the kernel, for floor.c to ask again with no program around it."""

import os
import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from attachment import Bed

HERE = Path(__file__).resolve().parent
FLOOR = HERE.parent / ".cache/masquerade/floor"

SOCKET = re.compile(r"socket\(AF_NETLINK, [^,]+, (\w+)\) = (\d+)")
SEND = re.compile(r"(?:sendmsg|sendto)\((\d+),")
OPEN = re.compile(r'openat\(AT_FDCWD, "([^"]+)", ([A-Z_|]+).*\) = (\d+)')
WRITE = re.compile(r'p?write(?:64)?\((\d+), "([^"]*)"')
HEX = re.compile(r"^ \| [0-9a-f]+  ((?:[0-9a-f]{2} {1,2})+)")
SETTINGS = "/proc/sys/net/"
LETTERS = {"NETLINK_ROUTE": b"l", "NETLINK_NETFILTER": b"n"}
# RTM_GET… and NFT_MSG_GET… change nothing (linux/rtnetlink.h, linux/netfilter/nf_tables.h).
NFT_GETS = {0xA01, 0xA04, 0xA07, 0xA0A, 0xA0D, 0xA10}


def build_floor():
    """Compiles floor.c; returns the program."""
    FLOOR.parent.mkdir(parents=True, exist_ok=True)
    compiler = [os.environ.get("CC", "cc"), "-O2", "-static", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*compiler, "-o", str(FLOOR), str(HERE / "floor.c")], check=True)
    return str(FLOOR)


def record(plugin, configuration):
    """The calls of one ADD as (letter, data, whether it changes anything)."""
    folder = Path(tempfile.mkdtemp())
    trace, wrapper = folder / "trace", folder / "traced"
    bed = Bed(plugin, configuration)
    try:
        calls = "socket,sendmsg,sendto,openat,write,pwrite64"
        wrapper.write_text(
            f"#!/bin/sh\nexec strace -o {trace} -e trace={calls} -e write=all -s 200 {plugin}\n"
        )
        wrapper.chmod(0o755)
        bed.plugin = str(wrapper)
        bed.add()
        bed.plugin = plugin
        return list(parse(trace.read_text().splitlines()))
    finally:
        bed.end()
        shutil.rmtree(folder)


def parse(lines):
    """Yields the calls of a trace in order."""
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
                yield pending, bytes(data), changes(pending, data)
            pending, data = None, bytearray()
        if found := SOCKET.match(line):
            families[found[2]] = found[1]
        elif found := SEND.match(line):
            pending = LETTERS.get(families.get(found[1]))
        elif found := OPEN.match(line):
            paths[found[3]] = found[1]
            if found[1] == "/dev/net/tun":
                yield b"t", b"", True
            elif found[1].startswith(SETTINGS) and "O_RDONLY" in found[2]:
                yield b"r", found[1].encode() + b"\0", False
        elif found := WRITE.match(line):
            path = paths.get(found[1], "")
            if path.startswith(SETTINGS):
                yield b"w", path.encode() + b"\0" + found[2].encode() + b"\0", True


def changes(letter, message):
    """Whether a netlink message asks for more than an answer."""
    (kind,) = struct.unpack_from("=H", message, 4)
    return kind % 4 != 2 if letter == b"l" else kind not in NFT_GETS


def write(calls, path):
    """Writes calls in floor.c's form."""
    with open(path, "wb") as file:
        for letter, data, _ in calls:
            file.write(letter + struct.pack("=I", len(data)) + data)
