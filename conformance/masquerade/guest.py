# SPDX-License-Identifier: Apache-2.0
"""What a guest asks its address service, and what it hears."""

import time

from attachment import BRIDGE_MAC
from harness.frames import Card, header
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DHCP6_Advertise, DHCP6_Solicit, DHCP6OptClientId, DHCP6OptIA_NA, DUID_LL
from scapy.layers.inet import UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6ND_RS

MAC = "02:00:00:00:00:99"
LINK_LOCAL = "fe80::99"
BROADCAST, AGENTS, ROUTERS = "ff:ff:ff:ff:ff:ff", "33:33:00:01:00:02", "33:33:00:00:00:02"


def asked(bed, mac, question, reading, tries=3, seconds=1.0):
    """What is made of the answer to a question, which may be lost a few times."""
    card = Card(bed.vm, "eth0")
    for _ in range(tries):
        card.say(mac, question)
        if (found := card.hear(reading, seconds)) is not None:
            return found
    return "nothing"


def discovery(kind="discover", number=0x11223344, address="0.0.0.0"):
    """A DHCPv4 message of a client that has an address or none (RFC 2131)."""
    return header(address, "255.255.255.255") / UDP(sport=68, dport=67) / BOOTP(
        xid=number, flags="B", ciaddr=address, chaddr=bytes.fromhex(MAC.replace(":", ""))) / DHCP(
            options=[("message-type", kind), "end"])


def reading4(number, field):
    """Reads from answers to one message: earlier or damaged ones may still be answered."""
    return lambda packet: field(packet) if BOOTP in packet and packet[BOOTP].op == 2 and (
        packet[BOOTP].xid == number) else None


def offered(bed):
    """The address that a discovery is offered."""
    return asked(bed, BROADCAST, discovery(number=0x63616C6D),
                 reading4(0x63616C6D, lambda packet: packet[BOOTP].yiaddr))


def rebound(bed, address):
    """The type of what answers a REBIND from an address (RFC 2131 §4.3.2)."""
    return asked(bed, BROADCAST, discovery("request", 0x6D6F7665, address),
                 reading4(0x6D6F7665, lambda packet: dict(
                     option for option in packet[DHCP].options if isinstance(option, tuple))["message-type"]))


def solicitation(source, target):
    """A DHCPv6 SOLICIT for an address."""
    return (header(source, target) / UDP(sport=546, dport=547) / DHCP6_Solicit(trid=0x123456)
            / DHCP6OptClientId(duid=DUID_LL(lladdr="52:54:00:12:34:56")) / DHCP6OptIA_NA(iaid=7))


def advertised(bed, target="ff02::1:2"):
    """The address that a solicitation is advertised (RFC 8415)."""
    def address(packet):
        """Damaged solicitations are answered without one."""
        if DHCP6_Advertise not in packet or DHCP6OptIA_NA not in packet:
            return None
        return next((option.addr for option in packet[DHCP6OptIA_NA].ianaopts if hasattr(option, "addr")), None)

    return asked(bed, AGENTS if target.startswith("ff") else BRIDGE_MAC,
                 solicitation(LINK_LOCAL, target), address)


def router(packet):
    """Who advertises itself as a router, and for how many seconds."""
    return f"{packet.src} {packet[ICMPv6ND_RA].routerlifetime}" if ICMPv6ND_RA in packet else None


def solicited(bed, source=LINK_LOCAL):
    """Who answers a router solicitation (RFC 4861 §4.1), and for how long it is a router.

    Advertisements are three seconds apart, and half a second may be added.
    """
    return asked(bed, ROUTERS, header(source, "ff02::2", hlim=255) / ICMPv6ND_RS(), router, 2, 4.0)


def send_all(card, frames, seconds):
    """Sends frames as fast as they leave, again and again; returns how many left."""
    sent, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            card.send(frames[sent % len(frames)])
            sent += 1
        except BlockingIOError:
            pass
        card.drain()
    return sent
