# SPDX-License-Identifier: Apache-2.0
"""A datagram from one namespace to an address in another, and its reply."""

from __future__ import annotations

import select
import socket
import time
from typing import Any

from .namespaces import Namespace


def exchange(sender: Namespace, receiver: Namespace, address: str, port: int,
             seconds: float, question: bytes = b"question") -> dict[str, Any]:
    """Returns whether the datagram arrived, from which address, and whether it was answered."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with receiver.inside():
        server = socket.socket(family, socket.SOCK_DGRAM)
        server.bind(("", port))
    with sender.inside():
        client = socket.socket(family, socket.SOCK_DGRAM)
    with server, client:
        source = _send_until_received(client, server, (address, port), seconds, question)
        if source is None:
            return {"arrives": False}
        try:
            server.sendto(b"answer", source)
        except OSError:  # no route back
            return {"arrives": True, "source": source[0], "answered": False}
        ready, _, _ = select.select([client], [], [], min(seconds, 1))
        return {"arrives": True, "source": source[0], "answered": bool(ready)}


def _send_until_received(client: socket.socket, server: socket.socket, target: tuple[str, int],
                         seconds: float, question: bytes) -> Any:
    """The first datagrams may be lost to address resolution and duplicate address detection."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            client.sendto(question, target)
        except OSError:  # no route yet, or none at all
            time.sleep(0.05)
            continue
        ready, _, _ = select.select([server], [], [], 0.1)
        if ready:
            return server.recvfrom(64)[1]
    return None
