# SPDX-License-Identifier: Apache-2.0
"""Servers that say who they are and whom they see, and clients that tell what they heard."""

import errno
import os
import select
import socket
import struct
import threading
import time

PATIENCE = 1.0


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def plain(address):
    """An address without the prefix of an IPv4 one in IPv6."""
    return address.removeprefix("::ffff:")


def serve(ready, name, tcp=(), udp=(), address="", local=True):
    """Answers on ports with a name, the peer's address and, over TCP, its own; for ever."""
    sockets = []
    families = (socket.AF_INET, socket.AF_INET6) if not address else (family_of(address),)
    for family in families:
        for kind, ports in ((socket.SOCK_STREAM, tcp), (socket.SOCK_DGRAM, udp)):
            for port in ports:
                listener = socket.socket(family, kind)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind((address, port))
                if kind == socket.SOCK_STREAM:
                    listener.listen(16)
                sockets.append(listener)
    ready()
    while True:
        for listener in select.select(sockets, [], [])[0]:
            if listener.type == socket.SOCK_STREAM:
                connection, peer = listener.accept()
                text = f"{name} peer={peer[0]}"
                if local:
                    text += f" local={connection.getsockname()[0]}"
                try:
                    connection.sendall(text.encode())
                    connection.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                threading.Timer(0.5, connection.close).start()
            else:
                _, peer = listener.recvfrom(2048)
                listener.sendto(f"{name} peer={peer[0]}".encode(), peer)


def failure(error):
    if isinstance(error, socket.timeout):
        return "TIMEOUT"
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return "No route to host"
    return os.strerror(error.errno) if error.errno else str(error)


def tcp(address, port):
    """What the other end of a TCP connection says."""
    with socket.socket(family_of(address), socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect((address, port))
            text = b""
            while chunk := connection.recv(4096):
                text += chunk
            return text.decode() or "closed without a word"
        except OSError as error:
            return failure(error)


def udp(address, port):
    """What comes back for a datagram."""
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(PATIENCE)
        try:
            datagrams.connect((address, port))
            datagrams.send(b"?")
            return datagrams.recv(4096).decode()
        except OSError as error:
            return failure(error)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(address):
    """Who answers an echo request of 8 bytes, with which TTL or hop limit."""
    version6 = ":" in address
    number = socket.IPPROTO_ICMPV6 if version6 else socket.IPPROTO_ICMP
    request, reply = (128, 129) if version6 else (8, 0)
    packet = struct.pack("!BBHHH", request, 0, 0, os.getpid() & 0xFFFF, 1)
    if not version6:
        packet = packet[:2] + struct.pack("!H", checksum(packet)) + packet[4:]
    with socket.socket(family_of(address), socket.SOCK_RAW, number) as raw:
        raw.settimeout(PATIENCE)
        if version6:
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        raw.connect((address, 0))
        deadline = time.monotonic() + PATIENCE
        try:
            raw.send(packet)
            while time.monotonic() < deadline:
                data, extra, _, peer = raw.recvmsg(2048, 256)
                ttl = struct.unpack("i", extra[0][2])[0] if version6 else data[8]
                if not version6:
                    data = data[(data[0] & 15) * 4:]
                if data[0] == reply and data[4:6] == packet[4:6]:
                    return f"reply from {peer[0]} ttl={ttl} len={len(data)}"
            return "TIMEOUT"
        except OSError as error:
            return failure(error)


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
    with socket.socket(family_of(address), socket.SOCK_RAW, 132) as raw:
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
    """Sends one IPv4 TCP segment as a whole frame; returns whether any segment comes back."""
    header = struct.pack("!HHIIBBHHH", 45678, port, 1, 0, 5 << 4, flags, 1024, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack("!BBH", 0, 6, 20)
    header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
    packet = ip_header(source, destination, 6, 20) + header
    return exchange(interface, destination_mac, packet, lambda ip: ip[9] == 6)


def raw_udp(interface, destination_mac, source, destination, port):
    """Sends one IPv4 datagram as a whole frame, with whatever source."""
    datagram = struct.pack("!HHHH", 45678, port, 9, 0) + b"?"
    packet = ip_header(source, destination, 17, len(datagram)) + datagram
    return exchange(interface, destination_mac, packet, lambda ip: ip[9] == 17)


def ip_header(source, destination, number, length):
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0, 64, number, 0)
    header += socket.inet_aton(source) + socket.inet_aton(destination)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:]


def exchange(interface, destination_mac, packet, answers):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as frames:
        frames.bind((interface, 0x0800))
        frames.settimeout(PATIENCE)
        own = frames.getsockname()[4]
        frames.send(bytes.fromhex(destination_mac.replace(":", "")) + own + b"\x08\0" + packet)
        deadline = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < deadline:
                frame, peer = frames.recvfrom(2048)
                if peer[2] != socket.PACKET_OUTGOING and answers(frame[14:]):
                    return "an answer"
        except socket.timeout:
            pass
    return "TIMEOUT"


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


def path_mtu(address, size):
    """The path's MTU as the kernel knows it after datagrams of a size that must not be cut."""
    level, option, do, ask = (
        (socket.IPPROTO_IPV6, 23, 2, 24) if ":" in address else (socket.IPPROTO_IP, 10, 2, 14)
    )
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as datagrams:
        datagrams.setsockopt(level, option, do)
        datagrams.connect((address, 9))
        for _ in range(3):
            try:
                datagrams.send(b"x" * size)
            except OSError as error:
                if error.errno not in (errno.EMSGSIZE, errno.ECONNREFUSED):
                    return failure(error)
            time.sleep(0.15)
        return str(datagrams.getsockopt(level, ask))
