# SPDX-License-Identifier: Apache-2.0
"""ADD, CHECK and DEL: all or nothing, repeatable, and nothing left."""

import socket

import pytest

from attachment import LISTED, SPAWNED

TABLE = "inet masquerade_eth0"
PREVIOUS = {
    "cniVersion": "1.1.0",
    "interfaces": [{"name": "br9"}, {"name": "eth0", "mac": "02:00:00:00:00:37", "sandbox": "/x"}],
    "ips": [{"address": "10.244.0.37/24", "gateway": "10.244.0.10", "interface": 1}],
    "routes": [{"dst": "0.0.0.0/0"}],
    "dns": {"nameservers": ["10.96.0.10"]},
}


def test_the_result_names_bridge_and_tap_and_has_no_addresses_of_its_own(beds):
    result = beds(SPAWNED).add()

    bridge, tap = result["interfaces"]
    assert (bridge["name"], bridge["mac"], bridge["mtu"]) == ("k6t-eth0", "02:00:00:00:00:00", 1500)
    assert (tap["name"], tap["mtu"]) == ("tap0", 1500)
    assert "ips" not in result


def test_an_attachment_lives_once_and_leaves_nothing(beds):
    bed = beds(SPAWNED)
    with bed.unchanged():
        bed.add()
        bed.check()
        bed.refused("CHECK", 7)  # without the result of ADD
        served = bed.serving()
        with bed.unchanged():
            bed.refused("ADD", 102)
        assert bed.serving() == served
        bed.delete()
    assert bed.serving() == []
    bed.delete()
    bed.delete(environment={"CNI_NETNS": ""})
    bed.delete(environment={"CNI_NETNS": "/run/netns/nowhere"})
    bed.add()
    bed.check()


@pytest.mark.parametrize("change, word", [
    ("ip link del tap0", "tap0"),
    ("ip link set tap0 nomaster", "no port of"),
    ("ip link set tap0 mtu 1400", "MTU 1400"),
    ("ip link set k6t-eth0 address 02:00:00:00:00:01", "MAC"),
    ("ip link set k6t-eth0 down", "down"),
    ("ip addr del 10.0.2.1/24 dev k6t-eth0", "lacks address"),
    ("sysctl -qw net.ipv4.conf.eth0.forwarding=0", "forwarding is 0"),
    ("sysctl -qw net.ipv6.conf.all.forwarding=0", "forwarding is 0"),
    ("sysctl -qw net.ipv4.conf.k6t-eth0.route_localnet=0", "route_localnet"),
    (f"nft delete table {TABLE}", "is missing"),
    (f"nft flush chain {TABLE} inbound", "inbound"),
    (f"nft add rule {TABLE} forward_in accept", "forward_in"),
    (f"nft delete element {TABLE} forward {{ udp . 5353 }}", "forward"),
    (f"nft add element {TABLE} forward {{ tcp . 443 }}", "forward"),
    (f"nft add chain {TABLE} stranger", "stranger"),
    (f"nft add table {TABLE} {{ flags dormant ; }}", "dormant"),
])
def test_CHECK_names_what_is_not_as_ADD_left_it_and_DEL_does_not_mind(bed, change, word):
    result = bed.add()
    done = bed.pod.execute(*change.split(), check=False)
    if done.returncode:
        pytest.skip(done.stderr.strip())

    bed.refused("CHECK", 103, word, prevResult=result)
    bed.delete()


def test_an_ADD_whose_result_nobody_can_take_leaves_nothing(beds):
    bed = beds(SPAWNED)
    with bed.unchanged(), open("/dev/full", "w") as full:
        assert bed.call("ADD", stdout=full).status == 1
    assert bed.serving() == []


def test_an_ADD_whose_service_cannot_start_leaves_nothing_and_a_later_one_succeeds(beds):
    bed = beds(SPAWNED)
    with bed.pod.inside():
        service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with service:
        service.bind(("", 67))
        with bed.unchanged():
            assert bed.call("ADD").status == 1
        del bed.configuration["dhcp"]
        bed.add()
        bed.check()
        assert "10.0.2.2" in bed.pod.nft("list ruleset")


def test_behind_another_plugin_its_result_comes_through_unchanged(beds):
    bed = beds({**LISTED, "prevResult": PREVIOUS})
    bed.variables["CNI_IFNAME"] = "eth0"

    result = bed.add()

    assert result["interfaces"][:2] == PREVIOUS["interfaces"]
    assert {key: result.get(key) for key in ("ips", "routes", "dns")} == {
        key: PREVIOUS[key] for key in ("ips", "routes", "dns")}
    assert "ip6" not in bed.pod.nft(f"list table {TABLE}"), "the families are those of its result"
    bed.check()
    bed.delete()


@pytest.mark.parametrize("family, other", [(4, "fd10"), (6, "10.0.2")])
def test_a_pod_of_one_family_has_no_trace_of_the_other(beds, family, other):
    bed = beds(LISTED, (family,))
    bed.add()

    assert other not in bed.pod.ip("addr show dev k6t-eth0") + bed.pod.nft(f"list table {TABLE}")
    bed.check()
