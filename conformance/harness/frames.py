# SPDX-License-Identifier: Apache-2.0
"""Packets that scapy makes and reads, on the interfaces of any namespace."""

import logging

from runner.frames import Port, listen

# It complains of interfaces without addresses.
logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import IP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402

SPOKEN = 45678  # the port of what is made by hand, so that it can be told from other traffic
_KINDS = {0x0800: IP, 0x86DD: IPv6}


class Card(Port):
    """An interface that sends any packet, and has heard what arrived since it was opened."""

    def __init__(self, place, ifname):
        super().__init__(place, ifname)
        self._read = []

    def say(self, mac, *packets):
        """Sends IP packets to a MAC address."""
        for packet in packets:
            self.send(bytes(Ether(src=self.mac, dst=mac) / packet))

    def packets(self):
        """The IP packets that have arrived."""
        self.drain()
        self._read += [_KINDS.get(frame.kind, bytes)(frame.payload) for frame in self.heard[len(self._read):]]
        return [packet for packet in self._read if not isinstance(packet, bytes)]

    def told(self, reading):
        """What a function makes of the packets that have arrived, but for those it makes nothing of."""
        return [found for found in map(reading, self.packets()) if found is not None]

    def hear(self, reading, seconds=1.0):
        """The first thing that a function makes of what arrives in time, or None."""
        listen([self], seconds, lambda: self.told(reading))
        return next(iter(self.told(reading)), None)


def header(source, target, **fields):
    """An IP header of either version."""
    return (IPv6 if ":" in target else IP)(src=source, dst=target, **fields)


def datagram(source, target, port):
    """A UDP datagram from whatever source."""
    return header(source, target) / UDP(sport=SPOKEN, dport=port) / b"?"


def speaker(port):
    """Reads from whom datagrams made by hand come to a port."""
    return lambda packet: packet.src if UDP in packet and (
        packet[UDP].sport, packet[UDP].dport) == (SPOKEN, port) else None
