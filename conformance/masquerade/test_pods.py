# SPDX-License-Identifier: Apache-2.0
"""Pods that are not alone with the plugin: other interfaces, addresses that change, programs."""

import subprocess

import talk
from attachment import CLIENT, LISTED, POD, give
from harness.until import until
from routers import becomes_router

READ_ONLY = ("unshare", "--mount", "sh", "-c",
             "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec $0")


def test_other_interfaces_stay_hosts_with_what_a_router_told_them_and_are_not_routed_to(bed):
    pod, client = bed.pod, bed.client
    pod.ip("link add net2 type veth peer name c2 netns client")
    pod.ip("link set net2 up")
    client.ip("link set c2 up")
    for place, link, last in ((pod, "net2", 1), (client, "c2", 9)):
        give(place, link, f"192.0.2.{last}")
        give(place, link, f"2001:db8:2::{last}")
    client.ip("route add 198.51.100.0/24 via 192.0.2.1")
    pod.write("net/ipv4/conf/all/accept_redirects", 0)
    pod.write("net/ipv6/conf/net2/accept_ra", 1)
    assert becomes_router(pod, "net2", client, "c2")
    with bed.unchanged():
        bed.prepare()

        assert {key: pod.read(f"net/ipv{key}") for key in (
            "4/conf/net2/forwarding", "6/conf/net2/forwarding", "6/conf/net2/accept_ra",
            "6/conf/default/forwarding", "4/ip_forward")} == {
                "4/conf/net2/forwarding": "0", "6/conf/net2/forwarding": "0",
                "6/conf/net2/accept_ra": "1", "6/conf/default/forwarding": "0", "4/ip_forward": "0"}
        assert "proto ra" in pod.ip("-6 route show default dev net2")
        pod.ip("-6 route flush dev net2 proto ra")
        assert becomes_router(pod, "net2", client, "c2"), "it does not learn again"
        assert [bed.vm.call(talk.ping, address) for address in ("192.0.2.9", "2001:db8:2::9")] == [
            "TIMEOUT", "TIMEOUT"]
        assert pod.nft("list chain inet masquerade_eth0 forward").count("drop") == 2
        bed.check()
        bed.delete()
    assert "proto ra" in pod.ip("-6 route show default dev net2")


def test_addresses_of_the_pod_come_and_go_after_ADD(bed):
    bed.prepare()
    for family, new in ((4, "10.244.0.99"), (6, "fd00:244::99")):
        give(bed.pod, "eth0", new)
        assert bed.client.call(talk.tcp, new, 80).startswith(f"VM peer={CLIENT[family]}")
        assert bed.vm.call(talk.tcp, new, 80).startswith("VM peer=")
        bed.check()
        bed.pod.ip(f"addr del {POD[family]}/{24 if family == 4 else 64} dev eth0")
        bed.check()


def test_STATUS_fails_where_the_rules_would(bed):
    bed.refused("STATUS", 50, wrapper=("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"))


def test_the_tap_has_its_user_and_group(beds):
    bed = beds({"owner": 107, "group": 108})
    bed.add()

    assert "user 107" in (shown := bed.pod.ip("-d link show tap0")) and "group 108" in shown


def test_where_settings_cannot_be_written_ADD_fails_and_DEL_does_what_it_can(bed):
    with bed.unchanged():
        with bed.unchanged():
            answer = bed.call("ADD", READ_ONLY)
            assert answer.status == 1 and "Read-only file system" in answer.text
        links = bed.pod.ip("-br link")
        bed.add()
        answer = bed.call("DEL", READ_ONLY)
        assert answer[:2] == (0, "") and "Read-only file system" in answer.said
        assert bed.pod.ip("-br link") == links and "hook" not in bed.pod.nft("list ruleset"), \
            "more than the record is left"
        bed.delete()


def test_DEL_is_not_held_up_by_a_table_with_our_label_that_a_program_owns(bed):
    with bed.pod.inside():
        program = subprocess.Popen(["nft", "-i"], text=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with program:
        print(f'add table inet masquerade_eth0 {{ flags owner; comment "{bed.label}"; }}',
              file=program.stdin, flush=True)
        assert until(lambda: "masquerade_eth0" in bed.pod.nft("list tables"))

        assert bed.call("DEL").status == 0


def test_every_verb_works_for_IPv4_where_IPv6_is_switched_off(beds):
    bed = beds(LISTED, (4,))
    for link in ("all", "default"):
        bed.pod.write(f"net/ipv6/conf/{link}/disable_ipv6", 1)
    with bed.unchanged():
        bed.add()
        bed.check()
        bed.delete()
