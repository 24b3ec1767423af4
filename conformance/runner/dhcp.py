# SPDX-License-Identifier: Apache-2.0
"""A DHCP server with one address, and the daemon of the packaged `dhcp` IPAM plugin."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import threading
import time
from pathlib import Path

from .namespaces import Namespace

RELEASED = Path("/run/dhcp-released")
_SOCKET = Path("/run/cni/dhcp.sock")
_MAGIC = bytes([99, 130, 83, 99])
_DISCOVER, _OFFER, _REQUEST, _ACK, _RELEASE = 1, 2, 3, 5, 7


def start_daemon(plugin: Path, seconds: float) -> None:
    """Starts the daemon in this namespace; it ends with the sandbox."""
    _SOCKET.parent.mkdir(parents=True, exist_ok=True)
    subprocess.Popen([plugin, "daemon"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)
    end = time.monotonic() + seconds
    while not _SOCKET.exists():
        if time.monotonic() > end:
            raise RuntimeError(f"'{plugin} daemon' does not listen on {_SOCKET}")
        time.sleep(0.01)


def start_server(place: Namespace, gives: str) -> None:
    """Answers on eth0 of `place`, whose address is the router's, as long as the sandbox lives."""
    with place.inside():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        server.bind(("", 67))
        # The dhcp plugin releases from 0.0.0.0, which only a packet socket hears.
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        wire.bind(("eth0", 0))
    threading.Thread(target=_note_release, args=(wire,), daemon=True).start()
    interface = ipaddress.IPv4Interface(gives)
    threading.Thread(target=_serve, args=(server, interface), daemon=True).start()


def _serve(server: socket.socket, given: ipaddress.IPv4Interface) -> None:
    while True:
        answer = _answer(server.recv(2048), given)
        if answer:
            server.sendto(answer, ("255.255.255.255", 68))


def _note_release(wire: socket.socket) -> None:
    """Creates a file when a client releases its address, after 42 bytes of headers."""
    while True:
        frame = wire.recv(2048)
        if frame[36:38] == b"\0\x43" and _message_type(frame[42:]) == _RELEASE:
            RELEASED.touch()


def _answer(question: bytes, given: ipaddress.IPv4Interface) -> bytes | None:
    kind = _message_type(question)
    if kind not in (_DISCOVER, _REQUEST):
        return None
    router = next(given.network.hosts()).packed
    options = b"".join(bytes([code, len(value)]) + value for code, value in (
        (53, bytes([_OFFER if kind == _DISCOVER else _ACK])), (54, router),
        (51, (3600).to_bytes(4, "big")), (1, given.netmask.packed), (3, router)))
    head = (bytes([2]) + question[1:12] + bytes(4) + given.ip.packed + router + bytes(4)
            + question[28:44])
    return head + bytes(192) + _MAGIC + options + bytes([255])


def _message_type(message: bytes) -> int:
    """Returns option 53, or 0."""
    at = 240
    while at + 2 < len(message) and message[at] != 255:
        if message[at] == 53:
            return message[at + 2]
        at += 2 + message[at + 1] if message[at] else 1
    return 0
