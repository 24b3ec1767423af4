# SPDX-License-Identifier: Apache-2.0
"""Pods that are not alone with the plugin: other interfaces, addresses that change, programs."""

import subprocess
import time

import packets
import talk
from bed import CLIENT, POD, VM, Bed
from hiding import LABEL
from probes import prepare
from tables_subject import LISTED
from verbs import hold_port


def check(plugin, report):
    """Tries each of them."""
    other_interfaces(plugin, report)
    addresses(plugin, report)
    read_only(plugin, report)
    owned_table(plugin, report)
    without_ipv6(plugin, report)
    rolled_back(plugin, report)
    status(plugin, report)


def learnt(bed, link, sender, card, tries=40):
    """Has somebody advertise itself; says whether the pod has it as a router through a link."""
    for _ in range(tries):
        sender.call(packets.advertise, card)
        time.sleep(0.1)
        if "proto ra" in bed.pod.ip(f"-6 route show default dev {link}"):
            return True
    return False


def other_interfaces(plugin, report):
    """Other interfaces of the pod stay hosts with what a router told them, and are not routed to."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.pod.ip(f"link add net2 type veth peer name c2 netns {bed.client.name}")
        bed.pod.ip("link set net2 up")
        bed.client.ip("link set c2 up")
        bed.pod.ip("addr add 192.0.2.1/24 dev net2")
        bed.pod.ip("-6 addr add 2001:db8:2::1/64 dev net2 nodad")
        bed.client.ip("addr add 192.0.2.9/24 dev c2")
        bed.client.ip("-6 addr add 2001:db8:2::9/64 dev c2 nodad")
        bed.client.ip("route add 198.51.100.0/24 via 192.0.2.1")
        bed.pod.write("net/ipv4/conf/all/accept_redirects", "0")
        bed.pod.write("net/ipv6/conf/net2/accept_ra", "1")
        report.expect("it learns a router", learnt(bed, "net2", bed.client, "c2"), True)
        before = bed.state()
        prepare(bed)
        values = [bed.pod.read(f"net/ipv{key}") for key in (
            "4/conf/net2/forwarding", "6/conf/net2/forwarding", "6/conf/net2/accept_ra",
            "6/conf/default/forwarding", "4/ip_forward")]
        report.expect("another interface stays a host", values, ["0", "0", "1", "0", "0"])
        routes = bed.pod.ip("-6 route show default dev net2")
        report.expect("with its router", "proto ra" in routes, True)
        bed.pod.ip("-6 route flush dev net2 proto ra")
        report.expect("and learns it again", learnt(bed, "net2", bed.client, "c2"), True)
        report.expect("the VM does not reach it",
                      [bed.vm.call(talk.ping, a) for a in ("192.0.2.9", "2001:db8:2::9")],
                      ["TIMEOUT", "TIMEOUT"])
        drop = bed.pod.execute("nft", "list", "chain", "inet", "masquerade_eth0", "forward").stdout
        report.expect("what is not the VM's is not forwarded", drop.count("drop"), 2)
        report.expect("CHECK", bed.run("CHECK", bed.checked()), (0, {}))
        report.expect("DEL", bed.run("DEL"), (0, {}))
        report.expect("DEL leaves every setting as it was", bed.state(), before)
        report.expect("and the router", "proto ra" in bed.pod.ip("-6 route show default dev net2"), True)
    finally:
        bed.end()


def addresses(plugin, report):
    """Addresses of the pod that come and go after ADD."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        prepare(bed)
        for family, new, flag in ((4, "10.244.0.99", ""), (6, "fd00:244::99", "nodad")):
            length = 24 if family == 4 else 64
            bed.pod.ip(f"addr add {new}/{length} dev eth0 {flag}")
            for who, peer in ((bed.client, CLIENT[family]), (bed.vm, None)):
                heard = who.call(talk.tcp, new, 80)
                report.expect(f"IPv{family}: a new address leads to the VM ({heard})",
                              heard.startswith("VM peer=" + (peer or "")), True)
            report.expect("CHECK with a new address", bed.run("CHECK", bed.checked()), (0, {}))
            bed.pod.ip(f"addr del {POD[family]}/{length} dev eth0")
            report.expect("CHECK without the old", bed.run("CHECK", bed.checked()), (0, {}))
    finally:
        bed.end()


def status(plugin, report):
    """STATUS asks the kernel whether it would take the rules, and a tap has its owners."""
    bed = Bed(plugin, configuration={"owner": 107, "group": 108})
    try:
        done = subprocess.run(
            ["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", plugin],
            input=bed.text(), text=True, capture_output=True, env=bed.environment("STATUS"))
        report.expect("STATUS fails where the rules would", '"code": 50' in done.stdout
                      or '"code":50' in done.stdout, True)
        bed.add()
        tap = bed.pod.ip("-d link show tap0")
        report.expect("the tap has its user and group", "user 107" in tap and "group 108" in tap, True)
    finally:
        bed.end()


def read_only(plugin, report):
    """A /proc/sys that nobody can write to."""
    bed = Bed(plugin, configuration=LISTED)
    wrapper = ["unshare", "--mount", "sh", "-c",
               "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec $0",
               plugin]

    def run(command):
        return subprocess.run(wrapper, input=bed.text(), text=True, capture_output=True,
                              env=bed.environment(command))

    try:
        before = bed.state()
        done = run("ADD")
        report.expect("ADD that has to change a setting says so",
                      (done.returncode, "Read-only file system" in done.stdout), (1, True))
        report.expect("and changes nothing", bed.state(), before)
        bed.add()
        done = run("DEL")
        report.expect("DEL does what it can", (done.returncode, done.stdout), (0, ""))
        report.expect("and says what it cannot", "Read-only file system" in done.stderr, True)
        report.expect("nothing but the record is left",
                      (bed.state()[0] == before[0], "hook" in bed.state()[1]), (True, False))
        report.expect("a later DEL restores it", bed.run("DEL"), (0, {}))
        report.expect("and leaves the pod as it was", bed.state(), before)
    finally:
        bed.end()


def owned_table(plugin, report):
    """A table with our label that a program of the pod owns and nobody else may remove."""
    bed = Bed(plugin, configuration=LISTED)
    program = None
    try:
        label = LABEL.format(bed.configuration["name"])
        program = subprocess.Popen(
            ["ip", "netns", "exec", bed.pod.name, "nft", "-i"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        program.stdin.write("add table inet masquerade_eth0"
                            f" {{ flags owner; comment \"{label}\"; }}\n")
        program.stdin.flush()
        for _ in range(200):
            if "masquerade_eth0" in bed.pod.execute("nft", "list", "tables").stdout:
                break
        report.expect("DEL is not held up by it", bed.run("DEL")[0], 0)
    finally:
        if program:
            program.stdin.close()
            program.wait()
        bed.end()


def without_ipv6(plugin, report):
    """Where IPv6 is switched off every verb works for IPv4."""
    bed = Bed(plugin, (4,), LISTED)
    try:
        bed.pod.write("net/ipv6/conf/all/disable_ipv6", "1")
        bed.pod.write("net/ipv6/conf/default/disable_ipv6", "1")
        before = bed.state()
        bed.add()
        report.expect("no IPv6: CHECK", bed.run("CHECK", bed.checked()), (0, {}))
        report.expect("no IPv6: DEL", bed.run("DEL"), (0, {}))
        report.expect("no IPv6: the pod is as it was", bed.state(), before)
    finally:
        bed.end()


def rolled_back(plugin, report):
    """An ADD that fails at its very last step restores every setting."""
    bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn"}})
    try:
        bed.pod.start(hold_port)
        before = bed.state()
        report.expect("ADD fails where its service cannot start", bed.run("ADD")[0], 1)
        report.expect("and leaves the pod as it was", bed.state(), before)
        bed.configuration.pop("dhcp")
        bed.add()
        report.expect("a later ADD succeeds", bed.run("CHECK", bed.checked()), (0, {}))
        report.expect("VM addresses are unchanged", VM[4] in bed.pod.execute(
            "nft", "list", "ruleset").stdout, True)
    finally:
        bed.end()
