# SPDX-License-Identifier: Apache-2.0
"""Configurations and pods that ADD must refuse, with code, key and value, changing nothing."""

import pytest

PORTS = [
    {"name": "http", "port": 49152},
    {"name": "http", "port": 0},
    {"protocol": "SCPT", "port": 80},
    {"name": "Bad", "port": 70000},
]
FAULTS = [
    ({"ports": [{"port": 49152}]}, 7, "ports[0].port: 49152/TCP is reserved (reservedPorts)"),
    ({"ports": [{}]}, 7, 'missing "ports[0].port" (must be an integer between 1 and 65535)'),
    ({"ports": [{"port": 0}]}, 7, 'invalid "ports[0].port" 0 (must be an integer between 1 and 65535)'),
    ({"ports": [{"port": "80"}]}, 7, 'invalid "ports[0].port" "80" (must be an integer between 1 and 65535)'),
    ({"ports": [{"port": 80, "protocol": "SCPT"}]}, 7,
     'invalid "ports[0].protocol" "SCPT" (must be "TCP", "UDP" or "SCTP")'),
    ({"portRanges": [{"protocol": "TCP", "start": 90, "end": 80}]}, 7,
     "portRanges[0]: start 90 > end 80"),
    ({"portRanges": [{"protocol": "TCP", "start": 80, "end": 200},
                     {"protocol": "TCP", "start": 150, "end": 300}]}, 7,
     "portRanges[1]: TCP 150-300 overlaps TCP 80-200"),
    ({"portRanges": [{"start": 1, "end": 2}]}, 7,
     'missing "portRanges[0].protocol" (must be "TCP", "UDP" or "SCTP")'),
    ({"istio": True, "ports": [{"port": 15001}]}, 7,
     "ports[0].port: 15001/TCP belongs to the Istio sidecar"),
    ({"vmNetworkCIDR": "10.0.2.0/31"}, 7,
     'invalid "vmNetworkCIDR" "10.0.2.0/31" (must have room for gateway and VM)'),
    ({"vmIPv6NetworkCIDR": "fd10::/127"}, 7,
     'invalid "vmIPv6NetworkCIDR" "fd10::/127" (must have room for gateway and VM)'),
    ({"vmNetworkCIDR": "010.0.2.0/24"}, 7,
     'invalid "vmNetworkCIDR" "010.0.2.0/24" (must be a network such as 10.0.2.0/24)'),
    ({"vmNetworkCIDR": "10.244.0.0/16"}, 7,
     "vmNetworkCIDR: 10.244.0.0/16 overlaps 10.244.0.37/24 of eth0"),
    ({"vmIPv6NetworkCIDR": "fd00:244::/120"}, 7,
     "vmIPv6NetworkCIDR: fd00:244::/120 overlaps fd00:244::37/64 of eth0"),
    ({"mtu": 9000}, 7, "mtu: 9000 exceeds 1500 of eth0"),
    ({"mtu": 1200}, 7, "mtu: 1200 is less than the 1280 that IPv6 needs"),
    ({"bridge": "eth0"}, 7, "tap: bridge, tap and podInterface must be three different names"),
    ({"bridge": "lo"}, 102, "bridge: interface lo already exists"),
    ({"tap": "lo"}, 102, "tap: interface lo already exists"),
    ({"bridge": "a/b"}, 7, 'invalid "bridge" "a/b" (must be an interface name: 1 to 15 bytes without'
     " / : % or blanks, not . .. all or default)"),
    ({"podInterface": "net7"}, 101, "podInterface: the pod has no interface net7"),
    ({"podInterface": "lo"}, 101, "podInterface: lo has no global unicast address"),
    ({"istio": "sidecar"}, 7, 'invalid "istio" "sidecar" (must be true, false or "ambient")'),
    ({"ipam": {"type": "host-local"}}, 7,
     "ipam: masquerade has no ipam: chain it after the plugin that makes eth0"),
    ({"dhcp": {"mode": "always"}}, 7, 'invalid "dhcp.mode" "always" (must be "none" or "spawn")'),
    ({"port": [{"port": 80}]}, 7, 'unknown key "port" (did you mean "ports"?)'),
    ({"args": {"cni": {"prots": [{"port": 80}]}}}, 7,
     'unknown key "args.cni.prots" (did you mean "ports"?)'),
    ({"ports": [{"port": 53, "proto": "UDP"}]}, 7,
     'unknown key "ports[0].proto" (must be one of name, protocol, port)'),
    ({"args": {"cni": {"ports": [{"port": 0}], "other": 1}}}, 7,
     'invalid "args.cni.ports[0].port" 0 (must be an integer between 1 and 65535)'),
    ({"ports": PORTS}, 7,
     'invalid "ports[1].port" 0 (must be an integer between 1 and 65535); '
     'ports[1].name: duplicate "http"; '
     'invalid "ports[2].protocol" "SCPT" (must be "TCP", "UDP" or "SCTP"); '
     'invalid "ports[3].port" 70000 (must be an integer between 1 and 65535); '
     'invalid "ports[3].name" "Bad" (must be a service name: at most 15 of a-z, 0-9 and single -); '
     "ports[0].port: 49152/TCP is reserved (reservedPorts)"),
]


@pytest.mark.parametrize("extra, code, message", FAULTS, ids=[str(extra) for extra, _, _ in FAULTS])
def test_ADD_says_what_is_wrong_and_changes_nothing(beds, extra, code, message):
    bed = beds()
    with bed.unchanged():
        assert bed.refused("ADD", code, **extra)["msg"] == message


def test_there_is_no_result_without_addresses_in_0_2_0(beds):
    beds().refused("ADD", 1, cniVersion="0.2.0")


def test_a_network_may_be_written_as_its_VMs_address_and_args_cni_ports_beats_ports(beds):
    bed = beds()
    bed.add(vmIPv6NetworkCIDR="fd10:0:2::2/120", ports=[{"port": 80}],
            args={"cni": {"ports": [{"port": 8080}], "logicNetworkName": "default"}})

    forwarded = bed.pod.nft("list set inet masquerade_eth0 forward")
    assert ". 8080 " in forwarded and ". 80 " not in forwarded
