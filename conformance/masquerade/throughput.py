# SPDX-License-Identifier: Apache-2.0
"""What the rules cost a flow."""

import socket
import statistics
import time

from attachment import GATEWAY, POD, VM, Bed


def traffic(plugin):
    """New flows and bulk data from the client to the VM, and to the pod itself without NAT."""
    # Through the pod's routing and bridge either way, with and without the table.
    ways = (("routed to the VM, no rules", False), ("to the VM, 1000 ports", True))
    for title, is_translated in ways:
        ports = [{"port": port} for port in range(10001, 12001, 2)] + [{"port": 5001}]
        bed = Bed(plugin, {"ports": ports})
        try:
            bed.add()
            # A veth in the tap's place: the figure is the rules', not a user-space wire's.
            bed.pod.ip("link add v0 master k6t-eth0 type veth peer name eth0 netns vm")
            bed.pod.ip("link set v0 up")
            bed.vm.ip("link set eth0 up")
            bed.address()
            if not is_translated:
                bed.pod.nft("delete table inet masquerade_eth0")
            bed.vm.start(sink, 5001)
            bed.ping(bed.vm, GATEWAY[4])
            latency, rate = bed.client.call(load, POD[4] if is_translated else VM[4], 5001)
            print(f"{title}: new flow {latency * 1e6:.0f} us, {rate / 1e9 * 8:.1f} Gbit/s")
        finally:
            bed.end()


def sink(ready, port):
    """Takes connections and drops what comes."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen(1024)
    ready()
    buffer = bytearray(1 << 20)
    while True:
        connection, _ = listener.accept()
        while connection.recv_into(buffer):
            pass
        connection.close()


def load(address, port):
    """The median time of a TCP handshake, and the rate of one connection in bytes a second."""
    times = []
    for _ in range(500):
        start = time.perf_counter()
        connection = socket.create_connection((address, port))
        times.append(time.perf_counter() - start)
        connection.close()
    chunk = b"x" * (1 << 20)
    with socket.create_connection((address, port)) as connection:
        start, sent = time.perf_counter(), 0
        while time.perf_counter() - start < 3:
            sent += connection.send(chunk)
    return statistics.median(times), sent / 3
