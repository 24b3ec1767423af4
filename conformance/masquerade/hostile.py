# SPDX-License-Identifier: Apache-2.0
"""A guest that sends damaged DHCPv4, DHCPv6 and router solicitations, and hears what is answered."""

import random
import socket
import struct
import time
from collections import Counter

from packets import checksum

MAC = bytes.fromhex("020000000099")
LINK_LOCAL = socket.inet_pton(socket.AF_INET6, "fe80::99")
SERVER = bytes.fromhex("020000000000")
SERVERS = socket.inet_pton(socket.AF_INET6, "ff02::1:2")
ROUTERS = socket.inet_pton(socket.AF_INET6, "ff02::2")
EXTREMES = (b"", b"\0", b"\xff", b"\0\0", b"\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\xff")


def offered():
    """A DHCPv4 message with options that the service reads, as its fields and a list of options."""
    head = struct.pack("!BBBBIHH", 1, 1, 6, 0, 0x51525354, 0, 0x8000) + bytes(16) + MAC
    head += bytes(10 + 64 + 128) + b"\x63\x82\x53\x63"
    options = [(53, b"\x01"), (61, b"\x01" + MAC), (57, b"\x05\xdc"), (50, bytes((10, 0, 2, 2))),
               (54, bytes((10, 0, 2, 1))), (55, b"\x01\x03\x06\x1a\x77"), (12, b"vm"), (82, b"\x01\x02ab")]
    return head, options


def solicited():
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
        head, options = offered()
        options[0] = (53, bytes((numbers.choice((1, 1, 1, 3, 3, 4, 7, 8, numbers.randrange(256))),)))
    elif kind == "dhcp6":
        head, options = solicited()
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


def frame(kind, data, numbers):
    """An Ethernet frame with right checksums, from the guest or from somebody it claims to be."""
    if kind == "dhcp4":
        source = numbers.choice((bytes(4), bytes(4), bytes((10, 0, 2, 2)), numbers.randbytes(4)))
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 1, 0, 64, 17, 0, source, b"\xff" * 4)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        return b"\xff" * 6 + MAC + b"\x08\0" + head + struct.pack("!HHHH", 68, 67, 8 + len(data), 0) + data
    source = numbers.choice((LINK_LOCAL, LINK_LOCAL, LINK_LOCAL, bytes(16), b"\xfe\x80" + numbers.randbytes(14)))
    hops = numbers.choice((255, 255, 255, 64))
    if kind == "dhcp6":
        target, number = SERVERS, 17
        data = struct.pack("!HHHH", 546, 547, 8 + len(data), 0) + data
        at = 6
    else:
        target, number, at = ROUTERS, 58, 2
        data = data.ljust(8, b"\0")
        data = data[:2] + b"\0\0" + data[4:]
    pseudo = source + target + struct.pack("!II", len(data), number) + data
    data = data[:at] + struct.pack("!H", checksum(pseudo) or 0xFFFF) + data[at + 2:]
    head = struct.pack("!IHBB", 0x60000000, len(data), number, hops) + source + target
    return b"\x33\x33" + target[-4:] + MAC + b"\x86\xdd" + head + data


def rage(seed, seconds):
    """Sends damaged messages as fast as they leave; returns how many left and what was answered."""
    numbers = random.Random(seed)
    sent, heard = 0, Counter()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as link:
        link.bind(("eth0", 3))
        link.setblocking(False)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                link.send(frame(*mutated(numbers), numbers))
                sent += 1
            except BlockingIOError:
                pass
            listen(link, heard)
    return sent, dict(heard)


def listen(link, heard):
    """Counts what has been answered, and what must not be."""
    while True:
        try:
            data, (_, _, direction, *_) = link.recvfrom(65536)
        except BlockingIOError:
            return
        if direction == socket.PACKET_OUTGOING:
            continue
        if data[12:14] == b"\x08\0" and data[23] == 17 and data[34:36] == b"\0\x43":
            heard["dhcp4"] += 1
            if data[42 + 16:42 + 20] not in (bytes(4), bytes((10, 0, 2, 2))):
                heard["a foreign IPv4 address"] += 1
        elif data[12:14] == b"\x86\xdd" and data[20] == 17 and data[54:56] == b"\x02\x23":
            heard["dhcp6"] += 1
        elif data[12:14] == b"\x86\xdd" and data[20] == 58 and data[54] == 134:
            heard["advertisements"] += 1
        if len(data) > 14 + 1500:
            heard["larger than the link"] += 1
