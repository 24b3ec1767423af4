# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames, tags included, sent and received on the interfaces of any namespace."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .namespaces import Namespace

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6
ARPHRD_NETLINK = 824  # an nlmon link: every message to the kernel and from it
TAGS = (0x8100, 0x88A8)


@dataclass(frozen=True)
class Frame:
    """A received frame; `tags` from the outermost in, '100' or '88a8:100'."""

    destination: str
    source: str
    tags: tuple[str, ...]
    kind: int
    payload: bytes

    def __str__(self) -> str:
        tags = "".join(f" tag {tag}" for tag in self.tags)
        content = self.payload[:64].hex()
        return f"{self.source} > {self.destination}{tags} type {self.kind:#06x} {content}"


def build(destination: str, source: str, tags: Iterable[int | str], kind: int,
          payload: bytes) -> bytes:
    header = _mac(destination) + _mac(source)
    for tag in tags:
        protocol, _, number = str(tag).rpartition(":")
        header += struct.pack("!HH", int(protocol or "8100", 16), int(number))
    return (header + struct.pack("!H", kind) + payload).ljust(60, b"\0")


class Port:
    """An interface in a namespace, to send from and to listen on."""

    def __init__(self, place: Namespace, ifname: str) -> None:
        with place.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self._socket.bind((ifname, ETH_P_ALL))
        self._socket.setblocking(False)
        self.mac = ":".join(f"{byte:02x}" for byte in self._socket.getsockname()[4])
        self.heard: list[Frame] = []
        self.messages = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    def drain(self) -> None:
        """Reads what has arrived from outside since the last call."""
        while True:
            try:
                data, ancillary, _, address = self._socket.recvmsg(65536, 256)
            except BlockingIOError:
                return
            except OSError:  # the interface went down or disappeared; received frames are kept
                return
            if address[3] == ARPHRD_NETLINK:
                self.messages += 1
            elif address[2] != socket.PACKET_OUTGOING:
                self.heard.append(_parse(data, ancillary))

    def close(self) -> None:
        self._socket.close()


def listen(ports: Iterable[Port], seconds: float, until: Any = None) -> None:
    """Receives frames until `until()` holds or time is up."""
    ports = list(ports)
    end = time.monotonic() + seconds
    while True:
        for port in ports:
            port.drain()
        left = end - time.monotonic()
        if left <= 0 or until and until():
            return
        select.select(ports, [], [], left)


def packet(kind: int, payload: bytes) -> bytes:
    """Prepends an IP header to the payload if the type needs one, since bridges inspect it."""
    if kind == 0x0800:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, 253, 0,
                             bytes([192, 0, 2, 1]), bytes([192, 0, 2, 255]))
        total = sum(struct.unpack("!10H", header))
        total = (total & 0xFFFF) + (total >> 16)
        return header[:10] + struct.pack("!H", ~total & 0xFFFF) + header[12:] + payload
    if kind == 0x86DD:
        source = bytes.fromhex("fe80" + "00" * 13 + "01")
        target = bytes.fromhex("ff02" + "00" * 13 + "01")
        return struct.pack("!IHBB", 6 << 28, len(payload), 59, 255) + source + target + payload
    return payload


def token() -> bytes:
    return os.urandom(16)


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _parse(data: bytes, ancillary: list[tuple[int, int, bytes]]) -> Frame:
    tags = []
    for level, kind, value in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, protocol = struct.unpack("IIIHHHH", value[:20])
            if status & TP_STATUS_VLAN_VALID:
                known = protocol if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
                tags.append(_tag(known, tci))
    kind = struct.unpack("!H", data[12:14])[0]
    rest = data[14:]
    while kind in TAGS and len(rest) >= 4:
        tci, inner = struct.unpack("!HH", rest[:4])
        tags.append(_tag(kind, tci))
        kind, rest = inner, rest[4:]
    return Frame(data[0:6].hex(":"), data[6:12].hex(":"), tuple(tags), kind, rest)


def _tag(protocol: int, tci: int) -> str:
    number = tci & 0xFFF
    return f"{number}" if protocol == 0x8100 else f"{protocol:x}:{number}"
