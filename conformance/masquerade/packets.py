# SPDX-License-Identifier: Apache-2.0
"""Packets made by hand, whether or not a kernel would send them, and what is seen of packets."""

import select
import socket
import struct
import time

PATIENCE = 1.0
PORT = 45678  # of what is made by hand, so that answers can be told from other traffic


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def sctp_init(destination, port, source_port=34567):
    """An SCTP INIT with its checksum (RFC 9260 §3.3.2)."""
    chunk = struct.pack("!BBHIIHHI", 1, 0, 20, 0x01020304, 65536, 1, 1, 7)
    packet = struct.pack("!HHII", source_port, port, 0, 0) + chunk
    return packet[:8] + struct.pack("<I", crc32c(packet)) + packet[12:]


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def send_sctp(address, port):
    """Sends an INIT, whether or not the kernel knows SCTP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_RAW, 132) as raw:
        raw.sendto(sctp_init(address, port), (address, 0))


def watch_sctp(ready, path):
    """Appends every SCTP packet that arrives to a file: source, port, whether its sum is right."""
    sockets = [socket.socket(f, socket.SOCK_RAW, 132) for f in (socket.AF_INET, socket.AF_INET6)]
    ready()
    while True:
        for raw in select.select(sockets, [], [])[0]:
            data, peer = raw.recvfrom(2048)
            if raw.family == socket.AF_INET:
                data = data[(data[0] & 15) * 4:]
            port = struct.unpack("!H", data[2:4])[0]
            sum_ = struct.unpack("<I", data[8:12])[0]
            right = crc32c(data[:8] + b"\0\0\0\0" + data[12:]) == sum_
            with open(path, "a") as file:
                file.write(f"{port} from {peer[0]} sum {'right' if right else 'wrong'}\n")


def raw_tcp(interface, destination_mac, source, destination, port, flags=2):
    """Sends one IPv4 TCP segment as a whole frame; returns whether one comes back."""
    header = struct.pack("!HHIIBBHHH", PORT, port, 1, 0, 5 << 4, flags, 1024, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination)
    pseudo += struct.pack("!BBH", 0, 6, 20)
    header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
    packet = ip_header(source, destination, 6, 20) + header
    return exchange(interface, destination_mac, packet)


def raw_udp(interface, destination_mac, source, destination, port):
    """Sends one IPv4 datagram as a whole frame, with whatever source."""
    datagram = struct.pack("!HHHH", PORT, port, 9, 0) + b"?"
    packet = ip_header(source, destination, 17, len(datagram)) + datagram
    return exchange(interface, destination_mac, packet)


def raw_ipv6(interface, destination_mac, source, destination, number, payload, extra=b""):
    """Sends one IPv6 packet as a whole frame; its payload has the checksum at the given place.

    `extra` is a header to stand before the payload, of the kind of hop-by-hop options.
    """
    place = {58: 2, 17: 6}[number]
    addresses = [socket.inet_pton(socket.AF_INET6, text) for text in (source, destination)]
    pseudo = b"".join(addresses) + struct.pack("!II", len(payload), number)
    payload = payload[:place] + struct.pack("!H", checksum(pseudo + payload)) + payload[place + 2:]
    if extra:
        payload = bytes([number]) + extra[1:] + payload
    header = struct.pack("!IHBB", 6 << 28, len(payload), 0 if extra else number, 255)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86dd)) as frames:
        frames.bind((interface, 0x86dd))
        own = frames.getsockname()[4]
        frames.send(bytes.fromhex(destination_mac.replace(":", "")) + own + b"\x86\xdd"
                    + header + b"".join(addresses) + payload)


def icmpv6(kind):
    """A message of a type, with as much behind it as any type needs."""
    return struct.pack("!BBHI", kind, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, "ff02::1")


HOP_BY_HOP = b"\0\0\x01\x04\0\0\0\0"  # nothing but padding


def ip_header(source, destination, number, length):
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0, 64, number, 0)
    header += socket.inet_aton(source) + socket.inet_aton(destination)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:]


def is_answer(packet, protocol):
    """Whether an IPv4 packet of that protocol is for PORT."""
    behind = (packet[0] & 15) * 4
    return packet[9] == protocol and int.from_bytes(packet[behind + 2:behind + 4], "big") == PORT


def exchange(interface, destination_mac, packet):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as frames:
        frames.bind((interface, 0x0800))
        frames.settimeout(PATIENCE)
        own = frames.getsockname()[4]
        frames.send(bytes.fromhex(destination_mac.replace(":", "")) + own + b"\x08\0" + packet)
        deadline = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < deadline:
                frame, peer = frames.recvfrom(2048)
                if peer[2] != socket.PACKET_OUTGOING and is_answer(frame[14:], packet[9]):
                    return "an answer"
        except socket.timeout:
            pass
    return "TIMEOUT"


def arriving():
    """A file that has every IPv4 packet that arrives from now on."""
    return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)).detach()


def speakers(frames, port):
    """Whose datagrams from PORT to a port have arrived, in order; closes the file."""
    frames.setblocking(False)
    found = []
    with frames:
        while True:
            try:
                packet, peer = frames.recvfrom(2048)
            except BlockingIOError:
                return found
            ports = struct.pack("!HH", PORT, port)
            behind = (packet[0] & 15) * 4
            is_ours = packet[9] == 17 and packet[behind:behind + 4] == ports
            if peer[2] != socket.PACKET_OUTGOING and is_ours:
                found.append(socket.inet_ntoa(packet[12:16]))


def listening(port):
    """A file that hears a UDP port at any IPv6 address."""
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.bind(("::", port))
    return datagrams.detach()


def senders(datagrams):
    """Whom such a file has heard, in order; closes it."""
    datagrams.setblocking(False)
    found = []
    with datagrams:
        while True:
            try:
                found.append(datagrams.recvfrom(2048)[1][0].partition("%")[0])
            except BlockingIOError:
                return found


def advertise(interface):
    """Sends a router advertisement (RFC 4861 §4.2) that makes its sender a router for 900 s."""
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as messages:
        index = socket.if_nametoindex(interface)
        messages.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        messages.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        messages.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 900, 0, 0),
                        ("ff02::1", 0, 0, index))


def sniff(ready, interface, path, own):
    """Writes the IPv4 and IPv6 sources of all that leaves an interface, each once."""
    seen = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as frames:
        frames.bind((interface, 0))
        ready()
        while True:
            frame, peer = frames.recvfrom(65536)
            if peer[2] != socket.PACKET_OUTGOING:
                continue
            if frame[12:14] == b"\x08\0":
                source = socket.inet_ntop(socket.AF_INET, frame[26:30])
            elif frame[12:14] == b"\x86\xdd":
                source = socket.inet_ntop(socket.AF_INET6, frame[22:38])
            else:
                continue
            if source not in seen and source not in own and not source.startswith(("fe80", "::")):
                seen.add(source)
                with open(path, "a") as file:
                    file.write(source + "\n")
