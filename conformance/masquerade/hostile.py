# SPDX-License-Identifier: Apache-2.0
"""Damaged DHCPv4, DHCPv6 and router solicitations of a guest."""

import random
import socket
import struct

from guest import AGENTS, BROADCAST, LINK_LOCAL, MAC as GUEST, ROUTERS
from harness.frames import Ether, header
from scapy.layers.inet import UDP
from scapy.layers.inet6 import ICMPv6Unknown
from scapy.packet import Raw

MAC = bytes.fromhex(GUEST.replace(":", ""))
SERVER = bytes.fromhex("020000000000")
EXTREMES = (b"", b"\0", b"\xff", b"\0\0", b"\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\xff")


def frames(seed, count):
    """So many Ethernet frames, different for each seed."""
    numbers = random.Random(seed)
    return [frame(*mutated(numbers), numbers) for _ in range(count)]


def frame(kind, data, numbers):
    """An Ethernet frame with right checksums, from the guest or from somebody it claims to be."""
    if kind == "dhcp4":
        source = numbers.choice(("0.0.0.0", "0.0.0.0", "10.0.2.2", socket.inet_ntoa(numbers.randbytes(4))))
        packet = header(source, "255.255.255.255") / UDP(sport=68, dport=67) / Raw(data)
        return bytes(Ether(src=GUEST, dst=BROADCAST) / packet)
    foreign = socket.inet_ntop(socket.AF_INET6, b"\xfe\x80" + numbers.randbytes(14))
    source = numbers.choice((LINK_LOCAL, LINK_LOCAL, LINK_LOCAL, "::", foreign))
    hops = numbers.choice((255, 255, 255, 64))
    if kind == "dhcp6":
        packet = header(source, "ff02::1:2", hlim=hops) / UDP(sport=546, dport=547) / Raw(data)
        return bytes(Ether(src=GUEST, dst=AGENTS) / packet)
    data = data.ljust(8, b"\0")
    packet = header(source, "ff02::2", hlim=hops) / ICMPv6Unknown(type=data[0], code=data[1], msgbody=data[4:])
    return bytes(Ether(src=GUEST, dst=ROUTERS) / packet)


def message4():
    """A DHCPv4 message with options that the service reads, as its fields and a list of options."""
    head = struct.pack("!BBBBIHH", 1, 1, 6, 0, 0x51525354, 0, 0x8000) + bytes(16) + MAC
    head += bytes(10 + 64 + 128) + b"\x63\x82\x53\x63"
    options = [(53, b"\x01"), (61, b"\x01" + MAC), (57, b"\x05\xdc"), (50, bytes((10, 0, 2, 2))),
               (54, bytes((10, 0, 2, 1))), (55, b"\x01\x03\x06\x1a\x77"), (12, b"vm"), (82, b"\x01\x02ab")]
    return head, options


def message6():
    """A DHCPv6 message with associations of every kind."""
    held = struct.pack("!HH", 5, 24) + socket.inet_pton(socket.AF_INET6, "fd10:0:2::2") + bytes(8)
    options = [(1, b"\0\x03\0\x01" + MAC), (3, bytes(12) + held), (3, b"\0\0\0\x09" + bytes(8)),
               (4, bytes(4)), (25, bytes(12)), (6, b"\0\x17\0\x18"), (14, b""),
               (2, b"\0\x03\0\x01" + SERVER)]
    return b"\x01\x51\x52\x53", options


def mutated(numbers):
    """A damaged message: where it goes, and its bytes."""
    kind = numbers.choice(("dhcp4", "dhcp6", "rs"))
    if kind == "dhcp4":
        head, options = message4()
        options[0] = (53, bytes((numbers.choice((1, 1, 1, 3, 3, 4, 7, 8, numbers.randrange(256))),)))
    elif kind == "dhcp6":
        head, options = message6()
        head = bytes((numbers.choice((1, 1, 3, 4, 5, 6, 8, 9, 11, numbers.randrange(256))),)) + head[1:]
    else:
        head, options = b"\x85\0\0\0\0\0\0\0", [(1, MAC), (numbers.randrange(256), bytes(6)), (14, bytes(14))]
    pack, limit = ("!HH", 65535) if kind == "dhcp6" else ("!BB", 255)
    options = damaged(options[:1] + [each for each in options[1:] if numbers.random() < 0.5], numbers)
    data = bytearray(head)
    for code, value in options:
        # Of solicitations the unit is 8 bytes, with the head.
        length = (len(value) + 2) // 8 if kind == "rs" else len(value)
        if numbers.random() < 0.05:
            length = numbers.choice((0, 1, 255, 65535))
        data += struct.pack(pack, code & limit, min(length, limit)) + value
    data += b"" if kind != "dhcp4" else numbers.choice((b"\xff", b"\xff", b""))
    for _ in range(numbers.choice((0, 0, 0, 0, 1, 3, 20))):
        data[numbers.randrange(len(data))] = numbers.randrange(256)
    if numbers.random() < 0.1:
        del data[numbers.randrange(len(data)):]
    return kind, bytes(data[:1400])


def damaged(options, numbers):
    """Options left out, doubled, many times there, empty or with what no client sends."""
    options = list(options)
    for _ in range(numbers.choice((0, 0, 1, 2, 4))):
        at = numbers.randrange(len(options))
        code, value = options[at]
        options[at:at + 1] = numbers.choice((
            [], [(code, value)] * 2, [(code, value)] * 100, [(code, numbers.choice(EXTREMES))],
            [(code, numbers.randbytes(numbers.randrange(255)))], [(numbers.randrange(256), value)],
        ))
        if not options:
            return [(code, value)]
    return options
