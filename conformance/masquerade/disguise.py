# SPDX-License-Identifier: Apache-2.0
"""Packets that pretend to come from elsewhere, or that go round by another address of the pod."""

import json
import os
import socket
import tempfile
import time

import packets
import talk
from bed import CLIENT, GATEWAY, POD, VM, Bed
from probes import BRIDGE_MAC, perform_all, prepare
from wire import plug

HEARING = 5353


def check(plugin, report):
    """Tries each of them."""
    forged(plugin, report)
    reserved(plugin, report)


def speak(source, address):
    """Sends a datagram from an address that is not one's own."""
    version6 = ":" in source
    with socket.socket(talk.family_of(source), socket.SOCK_DGRAM) as datagrams:
        # IPV6_TRANSPARENT, IP_TRANSPARENT
        level, option = (socket.IPPROTO_IPV6, 75) if version6 else (socket.IPPROTO_IP, 19)
        datagrams.setsockopt(level, option, 1)
        datagrams.bind((source, 45678))
        datagrams.sendto(b"?", (address, HEARING))


def hear(ready, address, path):
    """Writes down whom a UDP port hears, each once."""
    with socket.socket(talk.family_of(address), socket.SOCK_DGRAM) as datagrams:
        datagrams.bind((address, HEARING))
        ready()
        while True:
            _, peer = datagrams.recvfrom(2048)
            with open(path, "a") as file:
                file.write(peer[0] + "\n")


def forged(plugin, report):
    """Neither side can speak to the other's services as somebody else."""
    for family, strangers in (
        (4, (CLIENT[4], POD[4], "127.0.0.1", "127.0.0.2", "192.0.2.66")),
        (6, (CLIENT[6], POD[6], "2001:db8::66")),
    ):
        heard = overheard(
            plugin, family, {"ports": [{"protocol": "UDP", "port": 9}]}, "pod",
            lambda bed: [forge(bed.vm, "eth0", BRIDGE_MAC, source, target)
                         for source in strangers for target in (GATEWAY[family], POD[family])],
            lambda bed: bed.vm.call(talk.udp, GATEWAY[family], HEARING),
        )
        report.expect(f"IPv{family}: the pod hears the guest as itself only", heard, [VM[family]])
    for family, strangers in (
        (4, (VM[4], "10.0.2.77", GATEWAY[4], "127.0.0.1")), (6, ("fd10:0:2::77", VM[6])),
    ):
        heard = overheard(
            plugin, family, {"ports": [{"protocol": "UDP", "port": HEARING}]}, "vm",
            lambda bed: [forge(bed.client, "c0", mac_of(bed.pod), source, POD[family])
                         for source in strangers],
            lambda bed: bed.client.call(talk.udp, POD[family], HEARING),
        )
        report.expect(f"IPv{family}: the VM hears neighbours as themselves only",
                      heard, [CLIENT[family]])


def overheard(plugin, family, configuration, who, forging, honest):
    """Whom a service of the pod or the VM hears, first lies and then the truth."""
    path = tempfile.mktemp()
    bed = Bed(plugin, (family,), {**configuration, "owner": 107})
    try:
        bed.add()
        plug(bed)
        bed.address_vm()
        getattr(bed, who).start(hear, "0.0.0.0" if family == 4 else "::", path)
        bed.vm.call(talk.ping, GATEWAY[family])
        bed.client.call(talk.ping, POD[family])
        forging(bed)
        honest(bed)
        time.sleep(0.2)
        return sorted(set(open(path).read().split()))
    finally:
        bed.end()
        if os.path.exists(path):
            os.unlink(path)


def forge(namespace, interface, mac, source, target):
    """Sends a datagram from any source."""
    if ":" in source:
        namespace.call(speak, source, target)
    else:
        namespace.call(packets.raw_udp, interface, mac, source, target, HEARING)


def mac_of(pod):
    return json.loads(pod.ip("-j link show eth0"))[0]["address"]


def reserved(plugin, report):
    """The pod's own ports stay closed by whatever address of the pod one goes."""
    for title, extra in (("", {}), (", no hairpin", {"hairpin": False})):
        bed = Bed(plugin, configuration={"ports": [{"port": 80}], "owner": 107, **extra})
        try:
            prepare(bed)
            lines = [(f"{who} tcp {address}:49152", "TIMEOUT")
                     for address in (*GATEWAY.values(), *POD.values()) for who in ("vm", "ext")]
            lines.append(("pod tcp 127.0.0.1:49152", "POD peer=127.0.0.1 local=127.0.0.1"))
            for probe, heard, wanted in perform_all(bed, lines):
                report.expect(f"a reserved port{title}: {probe}", heard, wanted)
            if not extra:
                strange(bed, report)
        finally:
            bed.end()


def strange(bed, report):
    """What connection tracking finds invalid has no state: the loopback hears nothing of it."""
    for flags, name in ((0, "none"), (3, "SYN+FIN"), (0x29, "FIN+PSH+URG"), (0x10, "ACK")):
        # One port where a service is, one where none would say so.
        for port in (7777, 7776):
            answer = bed.vm.call(
                packets.raw_tcp, "eth0", BRIDGE_MAC, VM[4], "127.0.0.1", port, flags
            )
            report.expect(f"the pod's loopback at {port} answers no flags {name}",
                          answer, "TIMEOUT")
