# SPDX-License-Identifier: Apache-2.0
"""Protocols without servers here, and paths that are narrower than the VM's link."""

import pytest
from scapy.layers.sctp import SCTP, SCTPChunkInit

from attachment import CLIENT, FAR, LISTED, POD, UNLISTED
from harness.frames import Card, header
from talk import path_mtu


def initiation(packet):
    """Who wants to talk SCTP to which port, and whether the checksum is right."""
    if "SCTP" not in packet:
        return None
    again = SCTP(bytes(packet[SCTP]))
    again.chksum = None
    is_right = bytes(again)[8:12] == bytes(packet[SCTP])[8:12]
    return f"{packet[SCTP].dport} from {packet.src} sum {'right' if is_right else 'wrong'}"


@pytest.mark.parametrize("configuration, ports", [(LISTED, (3868,)), (UNLISTED, (3868, 3869))],
                         ids=["port list", "no list"])
def test_an_SCTP_INIT_reaches_the_VM_where_its_port_is_listed_or_nothing_is(beds, configuration, ports):
    bed = beds(configuration).prepare()
    card = Card(bed.vm, "eth0")
    mac = bed.pod.link("eth0")["address"]

    for family in (4, 6):
        for port in (3868, 3869):
            Card(bed.client, "c0").say(mac, header(CLIENT[family], POD[family]) / SCTP(
                sport=34567, dport=port) / SCTPChunkInit(
                    init_tag=0x01020304, a_rwnd=65536, n_out_streams=1, n_in_streams=1, init_tsn=7))
        bed.ping(bed.client, POD[family])

    assert card.told(initiation) == [f"{port} from {CLIENT[family]} sum right"
                                     for family in (4, 6) for port in ports]


def test_the_VM_learns_of_a_narrower_path_beyond_the_pod(bed):
    bed.prepare()
    for family in (4, 6):
        bed.pod.ip(f"-{family} route change default via {CLIENT[family]} mtu 1300")

        assert bed.vm.call(path_mtu, FAR[family], 1400) == 1300, f"IPv{family}"


def test_the_tap_has_the_MTU_of_the_pods_interface(bed):
    bed.add()

    assert bed.pod.link("tap0")["mtu"] == 1500
