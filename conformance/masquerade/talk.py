# SPDX-License-Identifier: Apache-2.0
"""Servers that say who they are and whom they see, and clients that tell what they heard."""

import errno
import os
import re
import select
import socket
import subprocess
import threading

PATIENCE = 1.0
VM_TCP = (22, 80, 443, 1500, 1501, 8000, 8050, 8100, 8101, 9000, 9999, 49152)
VM_UDP = (53, 5353, 9000, 49152)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def plain(address):
    """An address without the prefix of an IPv4 one in IPv6."""
    return address.removeprefix("::ffff:")


def start_servers(bed):
    """A service in the pod, one on its loopback only, one at the client, and the VM's."""
    bed.client.start(serve, "CLIENT", (80,), (53,))
    bed.pod.start(serve, "POD", (9999, 15020, 49152))
    bed.pod.start(serve, "POD-LOOPBACK-ONLY", (7777,), (), "127.0.0.1", False)
    bed.vm.start(serve, "VM", VM_TCP, VM_UDP)


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
    done = subprocess.run(["ping", "-n", "-c1", "-W1", "-s0", address], capture_output=True, text=True)
    if found := re.search(r"(\d+) bytes from ([^ ]+): .*ttl=(\d+)", done.stdout):
        return f"reply from {found[2]} ttl={found[3]} len={found[1]}"
    return done.stderr.strip() or "TIMEOUT"


def path_mtu(address, size):
    """The path's MTU as the kernel knows it after a packet of a size that must not be cut."""
    subprocess.run(["ping", "-n", "-c1", "-W1", "-Mdo", f"-s{size}", address], capture_output=True)
    route = subprocess.run(["ip", "route", "get", address], capture_output=True, text=True).stdout
    return int(route.partition(" mtu ")[2].split()[0])
