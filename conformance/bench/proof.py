# SPDX-License-Identifier: Apache-2.0
"""Evidence that a filter filters, without which its speed would mean nothing."""

import socket

from namespaces import Namespace

_FOREIGN_MAC = "02:66:66:66:66:66"
_EXPERIMENTAL = 0x88B5  # IEEE 802, local experimental EtherType 1


class NotFiltering(Exception):
    """A foreign MAC address passes, or nothing does."""


def show_filtering(sender: Namespace, receiver: Namespace, macs: tuple[str, str]) -> None:
    """Sends a frame from a foreign MAC and then one from the permitted: only the second arrives."""
    target = _socket(receiver)
    target.settimeout(10)
    source = _socket(sender)
    for mac in (_FOREIGN_MAC, macs[0]):
        header = bytes.fromhex((macs[1] + mac).replace(":", ""))
        source.send(header + _EXPERIMENTAL.to_bytes(2) + bytes(46))
    try:
        first = target.recv(64)[6:12]
    except TimeoutError:
        raise NotFiltering("no frame passes the filter") from None
    finally:
        source.close()
        target.close()
    if first != bytes.fromhex(macs[0].replace(":", "")):
        raise NotFiltering("a frame with a foreign MAC address passes the filter")


def _socket(namespace: Namespace) -> socket.socket:
    with namespace.entered():
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EXPERIMENTAL))
    raw.bind(("net1", _EXPERIMENTAL))
    return raw
