# SPDX-License-Identifier: Apache-2.0
"""Performs probes: `WHO KIND TARGET (note)`, as in the tables `PROBE | WHAT MUST BE HEARD`."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import talk
from attachment import BRIDGE_MAC, CLIENT, GATEWAY, POD, VM
from harness.frames import SPOKEN, Card, datagram, header, speaker
from scapy.layers.inet import TCP

TABLES = Path(__file__).parent / "tables"


def table(name, families=(4, 6)):
    """The lines of a table that concern the families: probe and expectation."""
    lines = [line.split("|") for line in (TABLES / f"{name}.txt").read_text().splitlines()
             if line.strip() and not line.startswith("#")]
    return {probe.strip(): wanted.strip() for probe, wanted in lines
            if (6 if re.search(r"[0-9a-f]*::[0-9a-f]", probe) else 4) in families}


def heard(bed, probes):
    """What each of the probes hears, several at a time."""
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(probes, pool.map(lambda probe: perform(bed, probe), probes)))


def perform(bed, probe):
    """Returns what a probe hears."""
    if probe.startswith("guest crafted SYN"):
        return answers(bed, "S", 7777) or "no answer"
    if probe.startswith("guest spoofed"):
        client = Card(bed.client, "c0")
        Card(bed.vm, "eth0").say(
            BRIDGE_MAC, *(datagram(source, CLIENT[4], 53) for source in ("192.0.2.66", VM[4])))
        client.hear(lambda packet: True if speaker(53)(packet) == POD[4] else None)
        return "client hears " + " ".join(client.told(speaker(53)))
    words = probe.replace("bypass:", "").replace("hairpin ", "").split()
    target = next(word for word in words[2:] if re.match(r"^[0-9a-f]*[.:][0-9a-f.:]+$", word))
    place = {"ext": bed.client, "pod": bed.pod, "vm": bed.vm}[words[0]]
    if words[1] == "ping":
        return place.call(talk.ping, target)
    address, _, port = target.rpartition(":")
    return place.call(talk.udp if words[1] == "udp" else talk.tcp, address, int(port))


def answers(bed, flags, *ports):
    """What the guest hears from the pod's loopback for segments with flags to ports of that."""
    card = Card(bed.vm, "eth0")
    card.say(BRIDGE_MAC, *(header(VM[4], "127.0.0.1") / TCP(sport=SPOKEN, dport=port, flags=flags, seq=1)
                           for port in ports))
    bed.ping(bed.vm, GATEWAY[4])
    return card.told(lambda packet: packet.summary() if TCP in packet and packet[TCP].dport == SPOKEN
                     else None)
