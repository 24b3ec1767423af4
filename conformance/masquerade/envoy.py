# SPDX-License-Identifier: Apache-2.0
"""A small proxy in Envoy's place."""

import os
import select
import socket
import struct
import threading

import talk
from attachment import POD

ENVOY = 1337


def envoy(ready):
    """Takes connections that were redirected to it and dials where they were going."""
    os.setresgid(ENVOY, ENVOY, ENVOY)
    os.setresuid(ENVOY, ENVOY, ENVOY)
    listeners = []
    for family in (socket.AF_INET, socket.AF_INET6):
        for port in (15001, 15006):
            listener = socket.socket(family)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(("", port))
            listener.listen(16)
            listeners.append(listener)
    ready()
    while True:
        for listener in select.select(listeners, [], [])[0]:
            connection, _ = listener.accept()
            threading.Thread(target=proxy, args=(connection, listener.getsockname()[1])).start()


def proxy(connection, port):
    """Says which way it is and what the other end says."""
    address, original = original_destination(connection)
    family = talk.family_of(address)
    with connection, socket.socket(family) as upstream:
        upstream.settimeout(1)
        try:
            if port == 15001:
                upstream.connect((address, original))
            elif original in (80, 1500) and family == socket.AF_INET:
                upstream.connect(("127.0.0.1", original))
            else:
                upstream.bind(("127.0.0.6" if family == socket.AF_INET else "::6", 0))
                upstream.connect((POD[4 if family == socket.AF_INET else 6], original))
            text = upstream.recv(4096).decode()
        except OSError as error:
            text = talk.failure(error)
        way = "envoy-out" if port == 15001 else "envoy-in"
        connection.sendall(f"[{way}] {text}".encode())


def original_destination(connection):
    """Where a redirected connection was going (SO_ORIGINAL_DST)."""
    if connection.family == socket.AF_INET:
        data = connection.getsockopt(socket.IPPROTO_IP, 80, 16)
        return socket.inet_ntop(socket.AF_INET, data[4:8]), struct.unpack("!H", data[2:4])[0]
    data = connection.getsockopt(socket.IPPROTO_IPV6, 80, 28)
    return socket.inet_ntop(socket.AF_INET6, data[8:24]), struct.unpack("!H", data[2:4])[0]
