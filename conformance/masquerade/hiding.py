# SPDX-License-Identifier: Apache-2.0
"""Pods that hide from DEL what is the attachment's, or show it what is not."""

import fcntl
import hashlib
import json
import os
import struct

from bed import Bed
from tables_subject import LISTED

LABEL = "masquerade {} vm-pod net1"
TUNSETIFF, TUNSETPERSIST, TUNSETIFINDEX = 0x400454CA, 0x400454CB, 0x400454DA


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
    in_the_way(plugin, report)
    colliding(plugin, report)
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


def make_tap(name, index):
    """Makes a tap of an index, which `ip` cannot."""
    file = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(file, TUNSETIFINDEX, struct.pack("i", index))
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), 0x1002))
    fcntl.ioctl(file, TUNSETPERSIST, 1)


def in_the_way(plugin, report):
    """A bridge or a tap of the pod's that has our index is named, and stays through ADD and DEL."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.add()
        indices = {link: json.loads(bed.pod.ip(f"-j link show {link}"))[0]["ifindex"]
                   for link in ("k6t-eth0", "tap0")}
        bed.run("DEL")
        for key, link in (("bridge", "k6t-eth0"), ("tap", "tap0")):
            if key == "bridge":
                bed.pod.ip(f"link add own0 index {indices[link]} type bridge")
            else:
                bed.pod.call(make_tap, "own0", indices[link])
            before = bed.state()
            status, error = bed.run("ADD")
            report.expect(f"ADD beside a {key} of its index", (status, error.get("code"), error.get("msg")),
                          (1, 102, f"interface own0 has the index {indices[link]},"
                           f" which the attachment's {key} needs"))
            report.expect("changes nothing", bed.changes(before), [])
            report.expect("and neither does its DEL", (bed.run("DEL"), bed.changes(before)), ((0, {}), []))
            bed.pod.ip("link del own0", check=False)
        bed.add()
        report.expect("without it ADD succeeds", bed.run("CHECK", bed.checked()), (0, {}))
    finally:
        bed.end()


def hash_of(network, container, interface):
    """The 24 bits that make the indices of an attachment."""
    return hashlib.sha512(f"{network}\0{container}\0{interface}".encode()).hexdigest()[5:11]


def colliding(plugin, report):
    """Two attachments of one hash: the second ADD says whose place it wants, its DEL leaves the first."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.pod.ip("link add net2 type veth peer name far2")
        bed.pod.ip("link set net2 up")
        bed.pod.ip("addr add 192.0.2.1/24 dev net2")
        network = bed.configuration["name"]
        first = {hash_of(network, f"pod{number}", "net1"): f"pod{number}" for number in range(20000)}
        second = next(f"pod{number}" for number in range(1 << 20)
                      if hash_of(network, f"pod{number}", "net7") in first)
        one = {"CNI_CONTAINERID": first[hash_of(network, second, "net7")]}
        two = {"CNI_CONTAINERID": second, "CNI_IFNAME": "net7"}
        other = {**bed.configuration, "podInterface": "net2", "tap": "tap1",
                 "vmNetworkCIDR": "10.0.3.0/24"}
        before = bed.state()
        status, result = bed.run("ADD", **one)
        report.expect(f"the first of {one} and {two}", status, 0)
        kept = {**bed.configuration, "prevResult": result}
        status, error = bed.run("ADD", other, **two)
        report.expect(f"the second is refused ({error.get('msg')}; {error.get('details')})", (
            status, error.get("code"), error.get("msg", "").startswith("interface k6t-eth0 has the index"),
            "start the pod anew" in error.get("details", "")), (1, 102, True, True))
        report.expect("its DEL succeeds", bed.run("DEL", other, **two), (0, {}))
        report.expect("and leaves the first", bed.run("CHECK", kept, **one), (0, {}))
        report.expect("whose DEL succeeds", bed.run("DEL", **one), (0, {}))
        report.expect("and leaves the pod as it was", bed.changes(before), [])
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
