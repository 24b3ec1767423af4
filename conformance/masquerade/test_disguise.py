# SPDX-License-Identifier: Apache-2.0
"""Packets that pretend to come from elsewhere, or that go round by another address of the pod."""

import socket

import pytest

from attachment import BRIDGE_MAC, CLIENT, GATEWAY, POD, VM
from harness.frames import Card, datagram
from harness.until import until
from probing import answers, heard

HEARING = 5353


def hears_when_lied_to(listener, speaker, card, mac, lies, honest, target):
    """Whom a service of the listener hears: first lies, from any source, and then the truth."""
    family = socket.AF_INET6 if ":" in honest else socket.AF_INET
    with listener.inside():
        service = socket.socket(family, socket.SOCK_DGRAM)
    with speaker.inside():
        truth = socket.socket(family, socket.SOCK_DGRAM)
    found = set()

    def hears_the_truth():
        found.add(service.recvfrom(2048)[1][0])
        return honest in found

    with service, truth:
        service.bind(("", HEARING))
        service.settimeout(5)
        Card(speaker, card).say(mac, *(datagram(source, lie, HEARING) for source, lie in lies))
        truth.sendto(b"?", (target, HEARING))
        until(hears_the_truth)
    return found


@pytest.mark.parametrize("family, strangers", [
    (4, (CLIENT[4], POD[4], "127.0.0.1", "127.0.0.2", "192.0.2.66")),
    (6, (CLIENT[6], POD[6], "2001:db8::66")),
])
def test_the_pod_hears_the_guest_as_itself_only(beds, family, strangers):
    bed = beds({"ports": [{"protocol": "UDP", "port": 9}], "owner": 107}, (family,)).prepare()

    lies = [(source, target) for source in strangers for target in (GATEWAY[family], POD[family])]

    assert hears_when_lied_to(bed.pod, bed.vm, "eth0", BRIDGE_MAC, lies, VM[family], GATEWAY[family]) \
        == {VM[family]}


@pytest.mark.parametrize("family, strangers", [
    (4, (VM[4], "10.0.2.77", GATEWAY[4], "127.0.0.1")), (6, ("fd10:0:2::77", VM[6])),
])
def test_the_VM_hears_neighbours_as_themselves_only(beds, family, strangers):
    bed = beds({"ports": [{"protocol": "UDP", "port": HEARING}], "owner": 107}, (family,))
    bed.add()
    bed.connect()
    bed.ping(bed.vm, GATEWAY[family])
    mac = bed.pod.link("eth0")["address"]

    lies = [(source, POD[family]) for source in strangers]

    assert hears_when_lied_to(bed.vm, bed.client, "c0", mac, lies, CLIENT[family], POD[family]) \
        == {CLIENT[family]}


@pytest.mark.parametrize("extra", [{}, {"hairpin": False}], ids=["hairpin", "no hairpin"])
def test_a_reserved_port_stays_closed_by_whatever_address_of_the_pod(beds, extra):
    bed = beds({"ports": [{"port": 80}], "owner": 107, **extra}).prepare()
    wanted = {f"{who} tcp {address}:49152": "TIMEOUT"
              for address in (*GATEWAY.values(), *POD.values()) for who in ("vm", "ext")}
    wanted["pod tcp 127.0.0.1:49152"] = "POD peer=127.0.0.1 local=127.0.0.1"

    assert heard(bed, wanted) == wanted


@pytest.mark.parametrize("flags", [0, "SF", "FPU", "A"], ids=["no flags", "SYN+FIN", "FIN+PSH+URG", "ACK"])
def test_the_pods_loopback_answers_nothing_that_connection_tracking_finds_invalid(beds, flags):
    bed = beds({"ports": [{"port": 80}], "owner": 107}).prepare()

    # One port where a service is, one where none would say so.
    assert answers(bed, flags, 7777, 7776) == []
