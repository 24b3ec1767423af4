# SPDX-License-Identifier: Apache-2.0
"""What must not pass: the guest's tricks, its neighbours' and flows from before the rules."""

import socket

import pytest
from scapy.layers.inet import TCP
from scapy.layers.inet6 import ICMPv6Unknown, IPv6ExtHdrHopByHop, PadN

from attachment import BRIDGE_MAC, CLIENT, GATEWAY, LISTED, POD, VM, give, link_local
from harness.frames import SPOKEN, Card, datagram, header
from harness.until import until
from probing import heard, perform
from routers import becomes_router

BROADCAST = "ff:ff:ff:ff:ff:ff"


class Border:
    """The wire between the pod and its neighbour."""

    def __init__(self, bed):
        self.bed, self.card = bed, Card(bed.client, "c0")

    def strangers(self):
        """The sources of what has left the pod that are not the pod's, each once."""
        for family in (4, 6):
            self.bed.ping(self.bed.vm, CLIENT[family])
        sources = dict.fromkeys(packet.src for packet in self.card.packets())
        return [source for source in sources
                if source not in POD.values() and not source.startswith(("fe80", "::"))]


@pytest.fixture
def border(bed):
    border = Border(bed)
    bed.prepare()
    return border


@pytest.mark.parametrize("flags", ["R", "F", "FA", "FPU"])
def test_a_stray_segment_of_the_guest_does_not_leave_untranslated(border, flags):
    segment = header(VM[4], CLIENT[4]) / TCP(sport=SPOKEN, dport=80, seq=1, flags=flags)

    Card(border.bed.vm, "eth0").say(BRIDGE_MAC, segment)

    assert border.strangers() == []


def test_a_foreign_source_does_not_leave(border):
    assert perform(border.bed, "guest spoofed src 192.0.2.66 -> udp client") == f"client hears {POD[4]}"
    assert border.strangers() == []


@pytest.mark.parametrize("source", [VM[6], "fd10:0:2::77"], ids=["own", "forged"])
def test_ICMPv6_that_belongs_to_no_connection_does_not_leave(border, source):
    """It is not translated (`icmpv6_error` in the kernel)."""
    rest = bytes(4) + socket.inet_pton(socket.AF_INET6, "ff02::1")
    messages = [ICMPv6Unknown(type=kind, msgbody=rest)
                for kind in (130, 131, 132, 133, 134, 135, 136, 143, 151, 152)]
    start = header(source, CLIENT[6], hlim=255)

    for message in messages:
        Card(border.bed.vm, "eth0").say(
            BRIDGE_MAC, start / message, start / IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(4))]) / message)

    assert border.strangers() == []


def test_ordinary_traffic_leaves_translated(border):
    wanted = {f"vm  tcp {CLIENT[4]}:80": f"CLIENT peer={POD[4]} local={CLIENT[4]}",
              f"vm  tcp {CLIENT[6]}:80": f"CLIENT peer={POD[6]} local={CLIENT[6]}",
              f"bypass: ext direct {VM[4]}:443": "TIMEOUT"}

    assert heard(border.bed, wanted) == wanted
    assert border.strangers() == []


def test_what_does_leave_is_seen(border):
    """Else the tests above would show nothing."""
    uplink = Card(border.bed.pod, "eth0")

    uplink.say(BROADCAST, datagram("192.0.2.77", CLIENT[4], 9),
               header("fd10:0:2::78", CLIENT[6], hlim=255) / ICMPv6Unknown(type=135, msgbody=bytes(20)))

    assert border.strangers() == ["192.0.2.77", "fd10:0:2::78"]


def test_the_pod_hears_the_guest_by_IPv6_and_never_itself_instead(bed):
    bed.prepare()
    bridge, uplink = link_local(bed.pod, "k6t-eth0"), link_local(bed.pod, "eth0")
    guest = link_local(bed.vm, "eth0")
    with bed.pod.inside(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as service:
        service.bind(("::", 9998))
        service.setblocking(False)

        Card(bed.vm, "eth0").say(BRIDGE_MAC, *(
            datagram(source, target, 9998)
            for source in (GATEWAY[6], POD[6], bridge, uplink, "::1", VM[6], guest)
            for target in (GATEWAY[6], bridge)))
        bed.ping(bed.vm, GATEWAY[6])

        assert [service.recvfrom(2048)[1][0].partition("%")[0] for _ in range(2)] == [VM[6], VM[6]]
        with pytest.raises(BlockingIOError):
            service.recv(2048)


def test_the_guest_does_not_become_the_pods_router(bed):
    bed.add()
    assert bed.pod.read("net/ipv6/conf/k6t-eth0/accept_ra") == "0"
    assert bed.pod.read("net/ipv6/conf/eth0/accept_ra") == "1"
    assert bed.pod.read("net/ipv6/conf/eth0/forwarding") == "0"

    bed.connect()
    give(bed.vm, "eth0", "fe80::99")

    assert not becomes_router(bed.pod, "k6t-eth0", bed.vm, "eth0", seconds=1)
    assert becomes_router(bed.pod, "eth0", bed.client, "c0")


@pytest.mark.needs("file:/proc/sys/net/bridge/bridge-nf-call-iptables")
def test_bridged_frames_pass_no_IPv4_filter(bed):
    bed.add()

    assert bed.pod.read("net/bridge/bridge-nf-call-iptables") == "0"


def test_a_flow_from_before_ADD_reaches_the_VM_and_is_forgotten_by_DEL(beds):
    bed = beds(LISTED, (4,))
    # Somebody else's rule has the pod track connections already.
    bed.pod.nft("add table ip t; add chain ip t c { type filter hook input priority 0; };"
                " add rule ip t c ct state invalid counter")
    with bed.client.inside():
        flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flow.settimeout(0.05)

    def talks():
        """The flow never stops to talk."""
        try:
            flow.sendto(b"?", (POD[4], 5353))
            return flow.recv(4096).decode()
        except OSError:
            return ""

    def tracked():
        return bed.pod.execute("cat", "/proc/net/nf_conntrack").stdout

    with flow:
        flow.bind(("", 40001))
        assert until(lambda: talks() or "dport=5353" in tracked()) is True
        bed.prepare()
        assert until(talks) == f"VM peer={CLIENT[4]}"
    bed.delete()
    assert VM[4] not in tracked()


def test_localhost_and_hairpin_are_off_and_no_port_is_reserved_where_asked(beds):
    bed = beds({"localhost": False, "hairpin": False, "reservedPorts": [], "owner": 107}).prepare()
    wanted = {
        "pod tcp 127.0.0.1:80": "Connection refused",
        "pod tcp 127.0.0.1:49152": "POD peer=127.0.0.1 local=127.0.0.1",
        f"vm  tcp {POD[4]}:9999": f"POD peer={VM[4]} local={POD[4]}",
        f"vm  tcp {POD[4]}:80": "Connection refused",
        f"ext tcp {POD[4]}:49152": f"VM peer={CLIENT[4]} local={VM[4]}",
        f"ext tcp {POD[6]}:49152": f"VM peer={CLIENT[6]} local={VM[6]}",
    }

    assert heard(bed, wanted) == wanted
