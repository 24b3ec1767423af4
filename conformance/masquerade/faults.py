# SPDX-License-Identifier: Apache-2.0
"""Configurations and pods that ADD must refuse, with code, key and value, changing nothing."""

from bed import Bed

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


def check(plugin, report):
    """Has each refused on one and the same pod."""
    bed = Bed(plugin)
    try:
        before = bed.state()
        for extra, code, message in FAULTS:
            status, error = bed.run("ADD", {**bed.configuration, **extra})
            found = (status, error.get("code"), error.get("msg"))
            report.expect(f"ADD with {extra}", found, (1, code, message))
        report.expect("refused ADDs change nothing", bed.state(), before)
        status, error = bed.run("ADD", {**bed.configuration, "cniVersion": "0.2.0"})
        report.expect("no result without addresses in 0.2.0", (status, error.get("code")), (1, 1))
        accepted = {**bed.configuration, "vmIPv6NetworkCIDR": "fd10:0:2::2/120",
                    "args": {"cni": {"ports": [{"port": 8080}], "logicNetworkName": "default"}},
                    "ports": [{"port": 80}]}
        status, result = bed.run("ADD", accepted)
        report.expect("a network written as its VM's address is accepted", status, 0)
        rules = bed.pod.execute("nft", "list", "set", "inet", "masquerade_eth0", "forward").stdout
        report.expect("args.cni.ports beats ports",
                      (". 8080 " in rules, ". 80 " in rules), (True, False))
    finally:
        bed.end()
