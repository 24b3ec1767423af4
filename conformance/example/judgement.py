# SPDX-License-Identifier: Apache-2.0
"""Looks at what a plugin made with other eyes than CHECK's."""

import json
import pathlib

from .found import Failure
from .node import MAC


def vlan_ids(configuration):
    """The VLANs a port must be in: (untagged, all of them)."""
    trunk = set()
    for item in configuration.get("vlanTrunk", []):
        trunk |= {item["id"]} if "id" in item else set()
        trunk |= set(range(item.get("minID", 1), item.get("maxID", 0) + 1))
    native = configuration.get("vlan") or 1
    return native, trunk | {native}


def needs_vlans(plugin):
    """Whether the kernel has to filter VLANs for it."""
    return bool(plugin.get("vlan") or plugin.get("vlanTrunk"))


def judge_port(node, plugin, result):
    """The port is what its configuration says."""
    interfaces = {i["name"]: i for i in result["interfaces"]}
    if interfaces["net1"]["mac"] != MAC:
        raise Failure(f"net1 has MAC {interfaces['net1']['mac']}")
    links = node.links()
    ports = [n for n in interfaces if links.get(n, {}).get("master") == plugin["bridge"]]
    if len(ports) != 1:
        raise Failure(f"bridge {plugin['bridge']} has not one port but {ports}")
    rules = node.inside("nft", "list", "ruleset")
    if plugin.get("macspoofchk") and f"ether saddr {MAC} accept" not in rules:
        raise Failure("there is no spoof filter")
    if plugin.get("ipMasq") and "masquerade" not in rules:
        raise Failure("there is no masquerading")
    if "mtu" in plugin and links[ports[0]]["mtu"] != plugin["mtu"]:
        raise Failure(f"the port's MTU is {links[ports[0]]['mtu']}")
    if needs_vlans(plugin):
        judge_vlans(node, plugin, ports[0])


def judge_vlans(node, plugin, port):
    """The port is in the VLANs that its configuration says."""
    found = json.loads(node.inside("bridge", "-j", "vlan", "show", "dev", port))[0]["vlans"]
    native, all_of_them = vlan_ids(plugin)
    if {v["vlan"] for v in found} != all_of_them:
        raise Failure(f"the port is in VLANs {[v['vlan'] for v in found]}")
    if [v["vlan"] for v in found if "PVID" in v.get("flags", [])] != [native]:
        raise Failure("the port's PVID is another")


def judge_vm(node, plugin, result):
    """Bridge, tap and the ports that lead to the VM are what its configuration says."""
    interfaces = [i["name"] for i in result["interfaces"]]
    uplink = plugin.get("podInterface", "net1" if "net1" in interfaces else "eth0")
    links = node.links("pod")
    if links.get("tap0", {}).get("master") != f"k6t-{uplink}":
        raise Failure(f"tap0 is no port of k6t-{uplink}")
    if interfaces[-2:] != [f"k6t-{uplink}", "tap0"]:
        raise Failure("the result does not end with bridge and tap")
    rules = node.inside("nft", "list", "table", "inet", f"masquerade_{uplink}", namespace="pod")
    for port in plugin.get("ports", []):
        if f"{port.get('protocol', 'TCP').lower()} . {port['port']}" not in rules:
            raise Failure(f"port {port['port']} does not lead to the VM")
    if ("@forward" in rules) != bool(plugin.get("ports") or plugin.get("portRanges")):
        raise Failure("the rules do not look at a list of ports, or need none")


JUDGES = {"cnv-bridge": judge_port, "masquerade": judge_vm}


def judge_nothing_left(node, plugins):
    """Node and pod are as they were."""
    bridges = {plugin["bridge"] for plugin in plugins if "bridge" in plugin}
    for namespace, known in (("node", {"lo", "v0"} | bridges), ("pod", {"lo", "eth0"})):
        if surplus := set(node.links(namespace)) - known:
            raise Failure(f"DEL leaves links {sorted(surplus)} in the {namespace}")
        if rules := node.inside("nft", "list", "ruleset", namespace=namespace).strip():
            raise Failure(f"DEL leaves rules in the {namespace}: {rules}")
    leases = pathlib.Path("/var/lib/cni/networks") / node.network
    files = {f.name for f in leases.iterdir()} if leases.exists() else set()
    if left := {f for f in files if f != "lock" and not f.startswith("last_reserved_ip")}:
        raise Failure(f"DEL leaves leases {sorted(left)}")
