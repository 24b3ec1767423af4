# SPDX-License-Identifier: Apache-2.0
"""What a guest says to its address service, well-formed or not."""

import socket
import struct
import time

MAC = "02:00:00:00:00:99"


def discovery():
    mac = bytes.fromhex(MAC.replace(":", ""))
    head = struct.pack("!BBBBIHH16x", 1, 1, 6, 0, 0x11223344, 0, 0x8000) + mac
    return head + bytes(10 + 192) + b"\x63\x82\x53\x63\x35\x01\x01\xff"


def client4():
    """A socket of a DHCPv4 client on eth0 that has no address yet."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.setsockopt(socket.SOL_SOCKET, 25, b"eth0")
    datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    datagrams.bind(("", 68))
    datagrams.settimeout(1)
    return datagrams


def rebind():
    """The type of what answers a REBIND from the address that this guest has (RFC 2131 §4.3.2)."""
    with client4() as datagrams:
        request = bytearray(discovery()[:-2] + b"\x03\xff")
        request[4:8] = b"move"
        request[10:16] = bytes(2) + socket.inet_aton("192.168.1.7")
        for _ in range(3):
            try:
                datagrams.sendto(request, ("255.255.255.255", 67))
                while (answer := datagrams.recv(2048))[4:8] != request[4:8]:
                    pass
                return answer[answer.index(b"\x35\x01") + 2]
            except socket.timeout:
                continue
    return "nothing"


def dhcp4():
    """The address that a discovery is offered."""
    request = bytearray(discovery())
    request[4:8] = b"calm"
    with client4() as datagrams:
        for _ in range(3):
            try:
                datagrams.sendto(request, ("255.255.255.255", 67))
                # Answers to earlier or damaged messages may still come.
                while (offer := datagrams.recv(2048))[4:8] != request[4:8]:
                    pass
                return socket.inet_ntoa(offer[16:20])
            except socket.timeout:
                continue
    return "nothing"


def solicitation6():
    return bytes.fromhex(
        "01123456" "0001000a00030001525400123456" "0003000c000000070000000000000000"
    )


def dhcp6(target="ff02::1:2"):
    """The address that a solicitation is advertised."""
    index = socket.if_nametoindex("eth0")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("::", 546))
        datagrams.settimeout(1)
        for _ in range(3):
            try:
                datagrams.sendto(solicitation6(), (target, 547, 0, index))
                # Answers to damaged solicitations may still come, without an address.
                while (at := (reply := datagrams.recv(2048)).find(b"\x00\x05\x00\x18") + 4) < 4:
                    pass
                return socket.inet_ntop(socket.AF_INET6, reply[at:at + 16])
            except socket.timeout:
                continue
    return "nothing"


def solicit(source=None):
    """Who answers a router solicitation, and for how long it is a router."""
    index = socket.if_nametoindex("eth0")
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        for _ in range(2):
            if source:
                solicit_without_address()
            else:
                raw.sendto(bytes.fromhex("8500000000000000"), ("ff02::2", 0, 0, index))
            # Advertisements are three seconds apart, and half a second may be added.
            if (heard := advertisement(raw, 4)) != "nobody":
                return heard
    return "nobody"


def listening():
    """A socket that hears advertisements from now on."""
    return socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6).detach()


def advertisement(raw, seconds):
    """Who advertises itself, and for how long."""
    deadline = time.monotonic() + seconds
    while (remaining := deadline - time.monotonic()) > 0:
        raw.settimeout(remaining)
        try:
            data, peer = raw.recvfrom(2048)
        except socket.timeout:
            break
        if data[0] == 134:
            return f"{peer[0].split('%')[0]} {int.from_bytes(data[6:8], 'big')}"
    return "nobody"


def solicit_without_address():
    """A router solicitation from the unspecified address, as a frame."""
    packet = b"\x85\0\0\0\0\0\0\0"
    ends = bytes(16) + bytes.fromhex("ff020000000000000000000000000002")
    pseudo = ends + struct.pack("!II", len(packet), 58) + packet
    total = sum(struct.unpack(f"!{len(pseudo) // 2}H", pseudo))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    packet = packet[:2] + struct.pack("!H", total ^ 0xFFFF) + packet[4:]
    frame = bytes.fromhex("333300000002") + bytes.fromhex(MAC.replace(":", "")) + b"\x86\xdd"
    frame += struct.pack("!IHBB", 0x60000000, len(packet), 58, 255) + ends + packet
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
        link.bind(("eth0", 0))
        link.send(frame)


def storm(seconds):
    """Discoveries as fast as they leave; returns how many left and how many were answered."""
    sent = answered = 0
    with client4() as datagrams:
        datagrams.setblocking(False)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                datagrams.sendto(discovery(), ("255.255.255.255", 67))
                sent += 1
                while datagrams.recv(2048):
                    answered += 1
            except BlockingIOError:
                pass
    return sent, answered
