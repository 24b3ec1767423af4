# SPDX-License-Identifier: Apache-2.0
"""Two attachments of one pod, and the pod's own bridges beside them."""

import pytest

from attachment import CLIENT, POD, give


@pytest.mark.parametrize("first", [0, 1])
def test_one_DEL_leaves_the_other_attachment_all_that_it_needs(bed, first):
    other = bed.beside()
    with bed.unchanged():
        bed.add()
        other.add()
        gone, kept = (bed, other) if first == 0 else (other, bed)

        gone.delete()
        kept.check()
        kept.delete()


@pytest.mark.needs("tool:strace")
@pytest.mark.parametrize("call, number", [("sendmsg", 2), ("sendto", 5), ("sendto", 7)])
def test_two_DELs_that_overlap_leave_the_pod_as_it_was(bed, call, number):
    other = bed.beside()
    with bed.unchanged():
        bed.add()
        other.add()
        with bed.halfway("DEL", call, number):
            other.delete()


@pytest.mark.needs("tool:strace")
def test_an_ADD_in_the_middle_of_another_ones_DEL_has_all_that_it_needs(bed):
    other = bed.beside()
    with bed.unchanged():
        bed.add()
        with bed.halfway("DEL", "write", 1):
            other.add()
        other.check()
        other.delete()


def test_a_pod_with_two_VMs_does_not_route_between_its_own_bridge_and_its_neighbours(bed):
    other = bed.beside()
    bed.pod.ip("link add br-own type bridge")
    bed.pod.ip("link add own0 master br-own type veth peer name o0 netns vm")
    for place, link in ((bed.pod, "own0"), (bed.pod, "br-own"), (bed.vm, "o0")):
        place.ip(f"link set {link} up")
    give(bed.pod, "br-own", "2001:db8:9::1")
    give(bed.vm, "o0", "2001:db8:9::9")
    bed.client.ip(f"-6 route add 2001:db8:9::/64 via {POD[6]}")
    way_back = f"{CLIENT[6]}/128 via 2001:db8:9::1"
    bed.vm.ip(f"-6 route add {way_back}")

    def is_routed():
        ping = ("ping", "-n", "-c3", "-i0.2", "-W1", "2001:db8:9::9")
        return bed.client.execute(*ping, check=False).returncode == 0

    assert not is_routed(), "before ADD"
    other.add()
    assert not is_routed(), "beside one VM"
    bed.vm.ip(f"-6 route del {way_back}")
    bed.prepare()
    bed.ping(bed.vm, CLIENT[6])
    bed.vm.ip(f"-6 route add {way_back}")
    assert not is_routed(), "beside two VMs"
    other.delete()
    assert not is_routed(), "after one DEL"
    bed.pod.nft("flush chain inet masquerade_eth0 forward")
    assert is_routed(), "without the rules it would be"
