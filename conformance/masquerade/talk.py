# SPDX-License-Identifier: Apache-2.0
"""Servers that say who they are and whom they see, and clients that tell what they heard."""

import errno
import os
import select
import socket
import struct
import threading
import time

from packets import PATIENCE, checksum


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
