# SPDX-License-Identifier: Apache-2.0
"""What must not pass: the guest's tricks, its neighbours' and flows from before the rules."""

import json
import os
import socket
import struct
import tempfile
import time

import packets
import talk
from bed import CLIENT, GATEWAY, POD, VM, Bed
from pods import learnt
from probes import BRIDGE_MAC, perform, prepare, start_servers
from tables_subject import LISTED
from wire import plug


def check(plugin, report):
    """Tries each of them."""
    leaks(plugin, report)
    impostor(plugin, report)
    forward_policy(plugin, report)
    stale_flows(plugin, report)
    switches(plugin, report)


def leaks(plugin, report):
    """Nothing leaves the pod with another source than the pod's."""
    bed = Bed(plugin, configuration=LISTED)
    path = tempfile.mktemp()
    try:
        bed.pod.start(packets.sniff, "eth0", path, {POD[4], POD[6]})
        prepare(bed)
        for flags, name in ((4, "RST"), (1, "FIN"), (0x11, "FIN+ACK"), (0x29, "FIN+PSH+URG")):
            bed.vm.call(packets.raw_tcp, "eth0", BRIDGE_MAC, VM[4], CLIENT[4], 80, flags)
            report.expect(f"a stray {name} of the guest does not leave untranslated",
                          sources(path), [])
        perform(bed, "guest spoofed src 192.0.2.66 -> udp client")
        report.expect("a foreign source does not leave", sources(path), [])
        untracked(bed, report, path)
        perform(bed, f"vm  tcp {CLIENT[4]}:80")
        perform(bed, f"vm  tcp {CLIENT[6]}:80")
        perform(bed, f"bypass: ext direct {VM[4]}:443")
        report.expect("ordinary traffic leaves translated", sources(path), [])
        bed.pod.call(packets.raw_udp, "eth0", "ff:ff:ff:ff:ff:ff", "192.0.2.77", CLIENT[4], 9)
        report.expect("what does leave is seen", sources(path), ["192.0.2.77"])
        bed.pod.call(packets.raw_ipv6, "eth0", "ff:ff:ff:ff:ff:ff", "fd10:0:2::78", CLIENT[6], 58,
                     packets.icmpv6(135))
        time.sleep(0.2)
        report.expect("what does leave of IPv6 is seen", sources(path)[1:], ["fd10:0:2::78"])
    finally:
        bed.end()
        if os.path.exists(path):
            os.unlink(path)


def untracked(bed, report, path):
    """Some ICMPv6 belongs to no connection (`icmpv6_error` in the kernel), and is not translated."""
    for source, title in ((VM[6], "own"), ("fd10:0:2::77", "forged")):
        for kind in (130, 131, 132, 133, 134, 135, 136, 143, 151, 152):
            for extra in (b"", packets.HOP_BY_HOP):
                bed.vm.call(packets.raw_ipv6, "eth0", BRIDGE_MAC, source, CLIENT[6], 58,
                            packets.icmpv6(kind), extra)
        time.sleep(0.2)
        report.expect(f"untracked ICMPv6 from the guest's {title} address does not leave",
                      sources(path), [])
    report.expect("an echo request of the guest does", bed.vm.call(talk.ping, CLIENT[6])[:10],
                  "reply from")


def impostor(plugin, report):
    """The guest does not speak to the pod's services as the pod itself."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        prepare(bed)
        bridge = link_local(bed.pod, "k6t-eth0")
        uplink = link_local(bed.pod, "eth0")
        guest = link_local(bed.vm, "eth0")
        heard = socket.socket(fileno=bed.pod.lend(packets.listening, 9998))
        for source in (GATEWAY[6], POD[6], bridge, uplink, "::1", VM[6], guest):
            for target in (GATEWAY[6], bridge):
                bed.vm.call(packets.raw_ipv6, "eth0", BRIDGE_MAC, source, target, 17,
                            struct.pack("!HHHH", packets.PORT, 9998, 9, 0) + b"?")
        time.sleep(0.2)
        report.expect("IPv6: the pod hears the guest, and never itself instead",
                      packets.senders(heard), [VM[6], VM[6]])
    finally:
        bed.end()


def link_local(namespace, interface):
    """The address of an interface on its link."""
    found = json.loads(namespace.ip(f"-j -6 addr show dev {interface}"))
    return next(address["local"] for link in found for address in link.get("addr_info", ())
                if address.get("scope") == "link")


def sources(path):
    return open(path).read().split() if os.path.exists(path) else []


def forward_policy(plugin, report):
    """Router advertisements of the guest must not make it the pod's router."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.add()
        report.expect("the bridge accepts no router advertisements",
                      bed.pod.read("net/ipv6/conf/k6t-eth0/accept_ra"), "0")
        report.expect("the pod's interface accepts them as before",
                      [bed.pod.read(f"net/ipv6/conf/eth0/{key}") for key in
                       ("accept_ra", "forwarding")], ["1", "0"])
        plug(bed)
        bed.vm.ip("addr add fe80::99/64 dev eth0 nodad")
        report.expect("the guest does not become the pod's router",
                      learnt(bed, "k6t-eth0", bed.vm, "eth0", tries=10), False)
        report.expect("a neighbour does", learnt(bed, "eth0", bed.client, "c0"), True)
        bridged = bed.pod.read("net/bridge/bridge-nf-call-iptables")
        if bridged:
            report.expect("bridged frames pass no IPv4 filter", bridged, "0")
        else:
            report.skip("bridged frames pass no IPv4 filter", "modprobe br_netfilter")
    finally:
        bed.end()


def chatter(ready, address, path):
    """A UDP flow that never stops to talk; writes down what it hears."""
    with socket.socket(talk.family_of(address), socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(0.1)
        datagrams.bind(("", 40001))
        ready()
        while True:
            try:
                datagrams.sendto(b"?", (address, 5353))
                heard = datagrams.recv(4096).decode()
                with open(f"{path}.new", "w") as file:
                    file.write(heard)
                os.replace(f"{path}.new", path)
            except OSError:
                pass
            time.sleep(0.05)


def stale_flows(plugin, report):
    """A flow that is older than the rules reaches the VM nevertheless."""
    bed = Bed(plugin, (4,), LISTED)
    path = tempfile.mktemp()
    try:
        # Somebody else's rule has the pod track connections already.
        bed.pod.execute(
            "nft", "add table ip t; add chain ip t c { type filter hook input priority 0; };"
            " add rule ip t c ct state invalid counter",
        )
        bed.client.start(chatter, POD[4], path)
        time.sleep(0.5)
        report.expect("the flow is tracked before ADD", "dport=5353" in bed.pod.execute(
            "cat", "/proc/net/nf_conntrack").stdout, True)
        prepare(bed)
        time.sleep(1.5)
        heard = open(path).read() if os.path.exists(path) else "nothing"
        report.expect("a UDP flow from before ADD reaches the VM", heard, f"VM peer={CLIENT[4]}")
        bed.run("DEL")
        found = bed.pod.execute("cat", "/proc/net/nf_conntrack").stdout
        report.expect("DEL leaves no connection of the VM", VM[4] in found, False)
    finally:
        bed.end()
        if os.path.exists(path):
            os.unlink(path)


def switches(plugin, report):
    """`localhost` and `hairpin` off, and no reserved port."""
    bed = Bed(plugin, configuration={
        "localhost": False, "hairpin": False, "reservedPorts": [], "owner": 107,
    })
    try:
        bed.add()
        plug(bed)
        bed.address_vm()
        start_servers(bed)
        for probe, wanted in (
            ("pod tcp 127.0.0.1:80", "Connection refused"),
            ("pod tcp 127.0.0.1:49152", "POD peer=127.0.0.1 local=127.0.0.1"),
            (f"vm  tcp {POD[4]}:9999", f"POD peer={VM[4]} local={POD[4]}"),
            (f"vm  tcp {POD[4]}:80", "Connection refused"),
            (f"ext tcp {POD[4]}:49152", f"VM peer={CLIENT[4]} local={VM[4]}"),
            (f"ext tcp {POD[6]}:49152", f"VM peer={CLIENT[6]} local={VM[6]}"),
        ):
            report.expect(f"no localhost, no hairpin, nothing reserved: {probe}",
                          perform(bed, probe), wanted)
    finally:
        bed.end()
