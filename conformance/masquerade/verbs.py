# SPDX-License-Identifier: Apache-2.0
"""ADD, CHECK and DEL: all or nothing, repeatable, and nothing left."""

import socket
import subprocess

from bed import POD, Bed
from service import serving
from tables_subject import LISTED


def check(plugin, report):
    """Goes through the life of an attachment."""
    life(plugin, report)
    differences(plugin, report)
    rollback(plugin, report)
    chained(plugin, report)
    dualities(plugin, report)


def life(plugin, report):
    """A second ADD is refused, a second DEL is not, and the pod is as it was."""
    bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn"}})
    try:
        before = bed.state()
        bed.add()
        names = [(i["name"], i.get("mac"), i.get("mtu")) for i in bed.result["interfaces"]]
        report.expect("the result names the bridge",
                      names[0], ("k6t-eth0", "02:00:00:00:00:00", 1500))
        report.expect("the result names the tap", names[1][0::2], ("tap0", 1500))
        report.expect("the result has no addresses of its own", bed.result.get("ips"), None)
        report.expect("CHECK finds it so", bed.run("CHECK", bed.checked()), (0, {}))
        unchecked = bed.run("CHECK")
        report.expect("CHECK asks for the result of ADD",
                      (unchecked[0], unchecked[1].get("code")), (1, 7))
        with_attachment = bed.state(), serving(bed)
        status, error = bed.run("ADD")
        report.expect("a second ADD is refused", (status, error.get("code")), (1, 102))
        report.expect("a refused ADD changes nothing", (bed.state(), serving(bed)), with_attachment)
        report.expect("DEL succeeds", bed.run("DEL"), (0, {}))
        report.expect("DEL leaves the pod as it was", (bed.state(), serving(bed)), (before, []))
        report.expect("a second DEL succeeds", bed.run("DEL"), (0, {}))
        report.expect("DEL without a namespace succeeds", bed.run("DEL", CNI_NETNS=""), (0, {}))
        gone = bed.run("DEL", CNI_NETNS="/run/netns/masq-nowhere")
        report.expect("DEL of a namespace that is gone succeeds", gone, (0, {}))
        bed.add()
        report.expect("ADD after DEL succeeds", bed.run("CHECK", bed.checked()), (0, {}))
    finally:
        bed.end()


def differences(plugin, report):
    """CHECK names the first thing that is not as ADD left it."""
    nft = lambda line: ("nft", *line.split())  # noqa: E731
    table = "inet masquerade_eth0"
    for change, word in (
        (("ip", "link", "del", "tap0"), "tap0"),
        (("ip", "link", "set", "tap0", "nomaster"), "no port of"),
        (("ip", "link", "set", "tap0", "mtu", "1400"), "MTU 1400"),
        (("ip", "link", "set", "k6t-eth0", "address", "02:00:00:00:00:01"), "MAC"),
        (("ip", "link", "set", "k6t-eth0", "down"), "down"),
        (("ip", "addr", "del", "10.0.2.1/24", "dev", "k6t-eth0"), "lacks address"),
        (("sysctl", "-qw", "net.ipv4.conf.eth0.forwarding=0"), "forwarding is 0"),
        (("sysctl", "-qw", "net.ipv6.conf.all.forwarding=0"), "forwarding is 0"),
        (("sysctl", "-qw", "net.ipv4.conf.k6t-eth0.route_localnet=0"), "route_localnet"),
        (nft(f"delete table {table}"), "is missing"),
        (nft(f"flush chain {table} inbound"), "inbound"),
        (nft(f"add rule {table} forward_in accept"), "forward_in"),
        (nft(f"delete element {table} forward {{ udp . 5353 }}"), "forward"),
        (nft(f"add element {table} forward {{ tcp . 443 }}"), "forward"),
        (nft(f"add chain {table} stranger"), "stranger"),
        (nft(f"add table {table} {{ flags dormant ; }}"), "dormant"),
    ):
        bed = Bed(plugin, configuration=LISTED)
        try:
            bed.add()
            done = bed.pod.execute(*change)
            if done.returncode:
                report.skip(" ".join(change), done.stderr.strip())
                continue
            status, error = bed.run("CHECK", bed.checked())
            found = (status, error.get("code"), word in error.get("msg", ""))
            report.expect(f"CHECK after '{' '.join(change)}' ({error.get('msg')})",
                          found, (1, 103, True))
            report.expect(f"DEL after '{' '.join(change)}'", bed.run("DEL"), (0, {}))
        finally:
            bed.end()


def rollback(plugin, report):
    """An ADD whose service does not start, or whose result nobody can take, leaves nothing."""
    bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn"}})
    try:
        before = bed.state()
        with open("/dev/full", "w") as full:
            status = subprocess.run([plugin], input=bed.text(), text=True, stdout=full,
                                    stderr=subprocess.DEVNULL, env=bed.environment("ADD"))
        report.expect("ADD fails where its result cannot be written", status.returncode, 1)
        report.expect("and leaves nothing", (bed.state(), serving(bed)), (before, []))
        bed.pod.start(hold_port)
        before = bed.state()
        status, error = bed.run("ADD")
        report.expect(f"ADD fails where its service cannot start ({error.get('msg')})", status, 1)
        report.expect("a failed ADD leaves nothing", bed.state(), before)
    finally:
        bed.end()


def hold_port(ready):
    """Takes the service's port for itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("", 67))
        ready()
        datagrams.recv(1)


def chained(plugin, report):
    """Behind the plugin that made the interface, its result comes through unchanged."""
    previous = {
        "cniVersion": "1.1.0",
        "interfaces": [{"name": "br9"}, {"name": "eth0", "mac": "02:00:00:00:00:37",
                                           "sandbox": "/x"}],
        "ips": [{"address": "10.244.0.37/24", "gateway": "10.244.0.10", "interface": 1}],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dns": {"nameservers": ["10.96.0.10"]},
    }
    bed = Bed(plugin, configuration={**LISTED, "prevResult": previous})
    try:
        status, result = bed.run("ADD", CNI_IFNAME="eth0")
        report.expect("ADD behind another plugin succeeds", status, 0)
        report.expect("its interfaces stay in front",
                      result["interfaces"][:2], previous["interfaces"])
        for key in ("ips", "routes", "dns"):
            report.expect(f"its {key} stay", result.get(key), previous[key])
        rules = bed.pod.execute("nft", "list", "table", "inet", "masquerade_eth0").stdout
        report.expect("the families are those of its result", "ip6" in rules, False)
        bed.result = result
        checked = bed.run("CHECK", bed.checked(), CNI_IFNAME="eth0")
        report.expect("CHECK behind another plugin", checked, (0, {}))
        report.expect("DEL behind another plugin", bed.run("DEL", CNI_IFNAME="eth0"), (0, {}))
    finally:
        bed.end()


def dualities(plugin, report):
    """Only the families that the pod has."""
    for family, other in ((4, "fd10"), (6, "10.0.2")):
        bed = Bed(plugin, (family,), LISTED)
        try:
            bed.add()
            shown = bed.pod.ip("addr show dev k6t-eth0")
            rules = bed.pod.execute("nft", "list", "table", "inet", "masquerade_eth0").stdout
            report.expect(f"IPv{family} only: no trace of the other family",
                          other in shown + rules, False)
            report.expect(f"IPv{family} only: CHECK", bed.run("CHECK", bed.checked()), (0, {}))
        finally:
            bed.end()
