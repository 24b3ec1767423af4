# SPDX-License-Identifier: Apache-2.0
"""Two attachments of one pod, and the pod's own bridges beside them."""

import subprocess
import time

import talk
from bed import CLIENT, POD, Bed
from probes import prepare
from tables_subject import LISTED

OTHER = {"podInterface": "net2", "tap": "tap1", "vmNetworkCIDR": "10.0.3.0/24",
         "vmIPv6NetworkCIDR": "fd10:0:3::/120"}


def check(plugin, report):
    """Tries each of them."""
    two(plugin, report)
    if subprocess.run(["which", "strace"], capture_output=True).stdout:
        overlapping(plugin, report)
    else:
        report.skip("two verbs at once", "no strace")
    forwarding(plugin, report)


def bed_of_two(plugin):
    """A pod with a second interface."""
    bed = Bed(plugin, configuration=LISTED)
    bed.pod.ip("link add net2 type veth peer name far2")
    bed.pod.ip("link set net2 up")
    bed.pod.ip("addr add 192.0.2.1/24 dev net2")
    bed.pod.ip("-6 addr add 2001:db8:2::1/64 dev net2 nodad")
    return bed, {**bed.configuration, **OTHER}


def two(plugin, report):
    """One DEL leaves the other attachment all that it needs."""
    for first in (0, 1):
        bed, other = bed_of_two(plugin)
        try:
            before = bed.state()
            bed.add()
            status, result = bed.run("ADD", other, CNI_IFNAME="net7")
            report.expect(f"a second attachment ({result.get('msg')})", status, 0)
            calls = [(bed.checked(), {}), ({**other, "prevResult": result}, {"CNI_IFNAME": "net7"})]
            (gone, gone_env), (kept, kept_env) = calls[first], calls[1 - first]
            report.expect("one DEL of two", bed.run("DEL", gone, **gone_env), (0, {}))
            report.expect("leaves the other as it was",
                          bed.run("CHECK", kept, **kept_env), (0, {}))
            report.expect("the other DEL", bed.run("DEL", kept, **kept_env), (0, {}))
            report.expect("leaves the pod as it was", bed.changes(before), [])
        finally:
            bed.end()


def slowed(bed, command, call, number, **environment):
    """A verb that waits for a second as it is about to make a call for the n-th time."""
    return subprocess.Popen(
        ["strace", "-qqf", "-o", "/dev/null", "-e",
         f"inject={call}:delay_enter=1000000:when={number}", bed.plugin],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**bed.environment(command), **environment})


def overlapping(plugin, report):
    """A verb that starts and ends in the middle of another one's."""
    for call, number in (("sendmsg", 2), ("sendto", 5), ("sendto", 7)):
        bed, other = bed_of_two(plugin)
        try:
            before = bed.state()
            bed.add()
            bed.run("ADD", other, CNI_IFNAME="net7")
            slow = slowed(bed, "DEL", call, number)
            slow.stdin.write(bed.text())
            slow.stdin.close()
            time.sleep(0.5)
            report.expect("a DEL in the middle of another",
                          bed.run("DEL", other, CNI_IFNAME="net7"), (0, {}))
            report.expect("which succeeds", slow.wait(), 0)
            report.expect(f"together they leave the pod as it was ({call} {number})",
                          bed.changes(before), [])
        finally:
            bed.end()
    bed, other = bed_of_two(plugin)
    try:
        before = bed.state()
        bed.add()
        slow = slowed(bed, "DEL", "write", 1)
        slow.stdin.write(bed.text())
        slow.stdin.close()
        time.sleep(0.5)
        status, result = bed.run("ADD", other, CNI_IFNAME="net7")
        report.expect("an ADD in the middle of a DEL", (status, slow.wait()), (0, 0))
        report.expect("has all that it needs", bed.run(
            "CHECK", {**other, "prevResult": result}, CNI_IFNAME="net7"), (0, {}))
        bed.run("DEL", other, CNI_IFNAME="net7")
        report.expect("and its DEL leaves the pod as it was", bed.changes(before), [])
    finally:
        bed.end()


def forwarding(plugin, report):
    """A pod with two VMs does not route between its own bridge and its neighbours."""
    bed, other = bed_of_two(plugin)
    try:
        bed.pod.ip("link add br-own type bridge")
        bed.pod.ip(f"link add own0 master br-own type veth peer name o0 netns {bed.vm.name}")
        for link in ("own0", "br-own"):
            bed.pod.ip(f"link set {link} up")
        bed.vm.ip("link set o0 up")
        bed.pod.ip("-6 addr add 2001:db8:9::1/64 dev br-own nodad")
        bed.vm.ip("-6 addr add 2001:db8:9::9/64 dev o0 nodad")
        bed.client.ip(f"-6 route add 2001:db8:9::/64 via {POD[6]}")
        bed.vm.ip(f"-6 route add {CLIENT[6]}/128 via 2001:db8:9::1")
        report.expect("before ADD nothing is routed", routed(bed), False)
        status, _ = bed.run("ADD", other, CNI_IFNAME="net7")
        report.expect("an attachment", status, 0)
        report.expect("nor beside one VM", routed(bed), False)
        bed.vm.ip(f"-6 route del {CLIENT[6]}/128")
        prepare(bed)
        report.expect("a VM beside another reaches its neighbours",
                      bed.vm.call(talk.ping, CLIENT[6])[:10], "reply from")
        bed.vm.ip(f"-6 route add {CLIENT[6]}/128 via 2001:db8:9::1")
        report.expect("nor beside two VMs", routed(bed), False)
        bed.run("DEL", other, CNI_IFNAME="net7")
        report.expect("nor after one DEL", routed(bed), False)
        bed.pod.execute("nft", "flush", "chain", "inet", "masquerade_eth0", "forward")
        report.expect("without the rules it would be", routed(bed), True)
    finally:
        bed.end()


def routed(bed):
    """Whether a neighbour of the pod reaches what is behind the pod's own bridge."""
    return any(bed.client.call(talk.ping, "2001:db8:9::9") != "TIMEOUT" for _ in range(3))
