# SPDX-License-Identifier: Apache-2.0
"""Pods that hide from DEL what is the attachment's, or show it what is not."""

import fcntl
import os
import struct

import pytest

TUNSETIFF, TUNSETPERSIST, TUNSETIFINDEX = 0x400454CA, 0x400454CB, 0x400454DA

ALIAS = [f"ip link set {link} alias nobody's" for link in ("k6t-eth0", "tap0")]
APART = ["ip link set tap0 nomaster", "ip link set k6t-eth0 address 02:00:00:00:00:77",
         "ip link set k6t-eth0 mtu 1400", "ip link set tap0 group 7"]
NAMES = ["ip link set k6t-eth0 down", "ip link set tap0 down",
         "ip link set k6t-eth0 name veth0", "ip link set tap0 name \udcff\udcff\udcff"]
TABLE = ["nft delete table inet masquerade_eth0"]


def links(bed):
    return sorted(line.split()[0] for line in bed.pod.ip("-br link").splitlines())


@pytest.mark.parametrize("lines", [ALIAS, APART, NAMES, TABLE, [*ALIAS, *APART, *NAMES, *TABLE]],
                         ids=["other labels", "other settings", "other names", "no table", "all of it"])
def test_DEL_finds_both_links_in_disguise(bed, lines):
    """Without the table nobody knows what the settings were."""
    with bed.unchanged(but=["setting "] if TABLE[0] in lines else []):
        bed.add()
        for line in lines:
            bed.pod.execute(*line.split(" "))
        bed.delete()


def test_DEL_takes_nothing_that_the_pod_has_given_the_label_and_names_of_ours(bed):
    bed.pod.ip("link add own0 type veth peer name own1")
    bed.pod.ip("link add br-own type bridge")
    bed.add()
    for link in ("lo", "own0", "br-own"):
        bed.pod.execute("ip", "link", "set", link, "alias", bed.label)
    for link in ("k6t-eth0", "tap0"):
        bed.pod.ip(f"link set {link} down")
        bed.pod.ip(f"link set {link} name old-{link[:4]}")
    bed.pod.ip("link set br-own name k6t-eth0")
    bed.pod.ip("tuntap add tap0 mode tap")
    bed.pod.execute("ip", "link", "set", "tap0", "alias", bed.label)

    bed.delete()

    assert links(bed) == ["eth0@if2", "k6t-eth0", "lo", "own0@own1", "own1@own0", "tap0"]


def test_DEL_takes_no_links_of_another_kind_in_the_place_of_ours(bed):
    bed.add()
    for link, own in (("tap0", "own0"), ("k6t-eth0", "own2")):
        index = bed.pod.link(link)["ifindex"]
        bed.pod.ip(f"link del {link}")
        bed.pod.ip(f"link add {own} index {index} type veth peer name {own}-end")

    bed.delete()

    assert links(bed) == ["eth0@if2", "lo", "own0-end@own0", "own0@own0-end", "own2-end@own2",
                          "own2@own2-end"]


def make_tap(name, index):
    """Makes a tap of an index, which `ip` cannot."""
    file = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(file, TUNSETIFINDEX, struct.pack("i", index))
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), 0x1002))
    fcntl.ioctl(file, TUNSETPERSIST, 1)
    os.close(file)


@pytest.mark.parametrize("key, link", [("bridge", "k6t-eth0"), ("tap", "tap0")])
def test_a_link_of_the_pods_that_has_our_index_is_named_and_stays(bed, key, link):
    bed.add()
    index = bed.pod.link(link)["ifindex"]
    bed.delete()
    if key == "bridge":
        bed.pod.ip(f"link add own0 index {index} type bridge")
    else:
        bed.pod.call(make_tap, "own0", index)

    with bed.unchanged():
        error = bed.refused("ADD", 102)
    assert error["msg"] == f"interface own0 has the index {index}, which the attachment's {key} needs"
    with bed.unchanged():
        bed.delete()

    bed.pod.ip("link del own0")
    bed.add()
    bed.check()


def test_of_two_attachments_of_one_hash_the_second_is_refused_and_its_DEL_leaves_the_first(bed):
    """The 24 bits after the first 20 of the SHA-512 sum of `net\\0POD\\0INTERFACE` make the indices of an attachment."""
    bed.variables["CNI_CONTAINERID"] = "pod9137"
    other = bed.beside(CNI_CONTAINERID="pod872")
    with bed.unchanged():
        bed.add()
        error = other.refused("ADD", 102, "interface k6t-eth0 has the index")
        assert "start the pod anew" in error["details"]
        other.delete()
        bed.check()
        bed.delete()


def test_attachments_whose_labels_the_pod_has_exchanged_are_taken_away_each_by_its_own_DEL(bed):
    other = bed.beside()
    with bed.unchanged():
        bed.add()
        other.add()
        for link, label in (("k6t-eth0", other.label), ("tap0", other.label),
                            ("k6t-net2", bed.label), ("tap1", bed.label)):
            bed.pod.execute("ip", "link", "set", link, "alias", label)
        bed.delete()
        other.check()
        other.delete()
