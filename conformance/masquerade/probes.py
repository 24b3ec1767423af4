# SPDX-License-Identifier: Apache-2.0
"""Performs the lines of a check table: `WHO KIND TARGET (note) | WHAT MUST BE HEARD`."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import packets
import talk
from bed import CLIENT, GATEWAY, POD, VM
from wire import plug

TABLES = Path(__file__).parent / "tables"
BRIDGE_MAC = "02:00:00:00:00:00"
VM_TCP = (22, 80, 443, 1500, 1501, 8000, 8050, 8100, 8101, 9000, 9999, 49152)
VM_UDP = (53, 5353, 9000, 49152)


def table(name, families=(4, 6)):
    """The lines of a table that concern the families, as name and expectation."""
    lines = []
    for line in (TABLES / f"{name}.txt").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        probe, wanted = (part.strip() for part in line.split("|"))
        is_v6 = bool(re.search(r"[0-9a-f]*::[0-9a-f]", probe))
        if (6 if is_v6 else 4) in families:
            lines.append((probe, wanted))
    return lines


def start_servers(bed):
    """A service in the pod, one on its loopback only, one at the client, and the VM's."""
    bed.client.start(talk.serve, "CLIENT", (80,), (53,))
    bed.pod.start(talk.serve, "POD", (9999, 15020, 49152))
    bed.pod.start(talk.serve, "POD-LOOPBACK-ONLY", (7777,), (), "127.0.0.1", False)
    bed.vm.start(talk.serve, "VM", VM_TCP, VM_UDP)


def perform(bed, probe):
    """Returns what the probe of a line hears."""
    if probe.startswith("guest crafted SYN"):
        answer = bed.vm.call(packets.raw_tcp, "eth0", BRIDGE_MAC, VM[4], "127.0.0.1", 7777)
        return "no answer" if answer == "TIMEOUT" else answer
    if probe.startswith("guest spoofed"):
        heard = socket.socket(fileno=bed.client.lend(packets.arriving))
        for source in ("192.0.2.66", VM[4]):
            bed.vm.call(packets.raw_udp, "eth0", BRIDGE_MAC, source, CLIENT[4], 53)
        return "client hears " + " ".join(packets.speakers(heard, 53))
    words = probe.replace("bypass:", "").replace("hairpin ", "").split()
    who, kind = words[0], words[1]
    target = next(word for word in words[2:] if re.match(r"^[0-9a-f]*[.:][0-9a-f.:]+$", word))
    namespace = {"ext": bed.client, "pod": bed.pod, "vm": bed.vm}[who]
    if kind == "ping":
        return namespace.call(talk.ping, target)
    address, port = target.rsplit(":", 1)
    return namespace.call(talk.udp if kind == "udp" else talk.tcp, address, int(port))


def perform_all(bed, lines):
    """Performs the lines, several at a time, and returns name, heard and wanted."""
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda line: perform(bed, line[0]), lines))
    return [(name, text, wanted) for (name, wanted), text in zip(lines, heard)]


def prepare(bed):
    """From nothing to a VM that is plugged in and addressed, with servers everywhere."""
    bed.add()
    plug(bed)
    bed.address_vm()
    start_servers(bed)
    for family in bed.families:
        bed.vm.call(talk.ping, GATEWAY[family])
        bed.client.call(talk.ping, POD[family])
