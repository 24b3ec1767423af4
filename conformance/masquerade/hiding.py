# SPDX-License-Identifier: Apache-2.0
"""Pods that hide from DEL what is the attachment's, or show it what is not."""

import json

from bed import Bed
from tables_subject import LISTED

LABEL = "masquerade {} vm-pod net1"


def check(plugin, report):
    """Tries each disguise, and every one at once."""
    alias = [f"ip link set {link} alias nobody's" for link in ("k6t-eth0", "tap0")]
    apart = ["ip link set tap0 nomaster", "ip link set k6t-eth0 address 02:00:00:00:00:77",
             "ip link set k6t-eth0 mtu 1400", "ip link set tap0 group 7"]
    names = ["ip link set k6t-eth0 down", "ip link set tap0 down",
             "ip link set k6t-eth0 name veth0", "ip link set tap0 name \udcff\udcff\udcff"]
    for title, lines, whole in (
        ("other labels", alias, True), ("other settings", apart, True), ("other names", names, True),
        ("no table", ["nft delete table inet masquerade_eth0"], False),
        ("all of it", [*alias, *apart, *names, "nft delete table inet masquerade_eth0"], False),
    ):
        disguised(plugin, report, title, lines, whole)
    labelled(plugin, report)
    renumbered(plugin, report)
    exchanged(plugin, report)


def disguised(plugin, report, title, lines, whole):
    """DEL finds both links; without the table nobody knows what the settings were."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        before = bed.state()
        bed.add()
        for line in lines:
            report.expect(line, bed.pod.execute(*line.split(" ")).returncode, 0)
        report.expect(f"DEL with {title}", bed.run("DEL"), (0, {}))
        changes = bed.changes(before)
        if not whole:
            changes = [each for each in changes if not each[2:].startswith("net.")]
        report.expect(f"what is left with {title}", changes, [])
    finally:
        bed.end()


def labelled(plugin, report):
    """The pod gives links of its own the attachment's label and names."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.pod.ip("link add own0 type veth peer name own1")
        bed.pod.ip("link add br-own type bridge")
        bed.add()
        label = LABEL.format(bed.configuration["name"])
        for link in ("lo", "own0", "br-own"):
            bed.pod.execute("ip", "link", "set", link, "alias", label)
        for link in ("k6t-eth0", "tap0"):
            bed.pod.ip(f"link set {link} down")
            bed.pod.ip(f"link set {link} name old-{link[:4]}")
        bed.pod.ip("link set br-own name k6t-eth0")
        bed.pod.ip("tuntap add tap0 mode tap")
        bed.pod.execute("ip", "link", "set", "tap0", "alias", label)
        report.expect("DEL succeeds whatever the pod has labelled", bed.run("DEL"), (0, {}))
        report.expect("and takes none of it", bed.state()[0],
                      ["eth0@if2", "k6t-eth0", "lo", "own0@own1", "own1@own0", "tap0"])
    finally:
        bed.end()


def renumbered(plugin, report):
    """The pod has put links of another kind in the place of ours."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.add()
        for link, own in (("tap0", "own0"), ("k6t-eth0", "own2")):
            index = json.loads(bed.pod.ip(f"-j link show {link}"))[0]["ifindex"]
            bed.pod.ip(f"link del {link}")
            bed.pod.ip(f"link add {own} index {index} type veth peer name {own}-end")
        report.expect("DEL succeeds with other links of these indices", bed.run("DEL"), (0, {}))
        report.expect("and takes none of them", bed.state()[0],
                      ["eth0@if2", "lo", "own0-end@own0", "own0@own0-end", "own2-end@own2",
                       "own2@own2-end"])
    finally:
        bed.end()


def exchanged(plugin, report):
    """Two attachments whose labels the pod has exchanged are taken away each by its own DEL."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.pod.ip("link add net2 type veth peer name far2")
        bed.pod.ip("link set net2 up")
        bed.pod.ip("addr add 192.0.2.1/24 dev net2")
        before = bed.state()
        bed.add()
        other = {**bed.configuration, "podInterface": "net2", "tap": "tap1",
                 "vmNetworkCIDR": "10.0.3.0/24"}
        status, result = bed.run("ADD", other, CNI_IFNAME="net7")
        report.expect("a second attachment", status, 0)
        first = LABEL.format(bed.configuration["name"])
        second = first.replace("net1", "net7")
        for link, label in (("k6t-eth0", second), ("tap0", second), ("k6t-net2", first),
                            ("tap1", first)):
            bed.pod.execute("ip", "link", "set", link, "alias", label)
        report.expect("DEL of the first", bed.run("DEL"), (0, {}))
        kept = {**other, "prevResult": result}
        report.expect("leaves the second", bed.run("CHECK", kept, CNI_IFNAME="net7"), (0, {}))
        report.expect("DEL of the second", bed.run("DEL", other, CNI_IFNAME="net7"), (0, {}))
        report.expect("leaves the pod as it was", bed.changes(before), [])
    finally:
        bed.end()
