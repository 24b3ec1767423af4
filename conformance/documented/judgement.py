# SPDX-License-Identifier: Apache-2.0
"""Judges what a plugin made by what iproute2 and nft show, not by CHECK."""

import json
from pathlib import Path

from runtime import MAC


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


def _links(place):
    return {link["ifname"]: link for link in json.loads(place.ip("-j link show"))}


def judge_port(runtime, plugin, result):
    """The port is as its configuration says."""
    interfaces = {i["name"]: i for i in result["interfaces"]}
    assert interfaces["net1"]["mac"] == MAC
    links = _links(runtime.node)
    ports = [n for n in interfaces if links.get(n, {}).get("master") == plugin["bridge"]]
    assert len(ports) == 1, f"bridge {plugin['bridge']} has ports {ports}"
    rules = runtime.node.nft("list ruleset")
    assert (f"ether saddr {MAC} accept" in rules) == bool(plugin.get("macspoofchk")), rules
    assert ("masquerade" in rules) == bool(plugin.get("ipMasq")), rules
    assert links[ports[0]]["mtu"] == plugin.get("mtu", 1500)
    if needs_vlans(plugin):
        judge_vlans(runtime, plugin, ports[0])


def judge_vlans(runtime, plugin, port):
    """The port is in the VLANs that its configuration says."""
    shown = runtime.node.execute("bridge", "-j", "vlan", "show", "dev", port).stdout
    found = json.loads(shown)[0]["vlans"]
    native, every = vlan_ids(plugin)
    assert {v["vlan"] for v in found} == every
    assert [v["vlan"] for v in found if "PVID" in v.get("flags", [])] == [native]


def judge_vm(runtime, plugin, result):
    """Bridge, tap and the ports that lead to the VM are as its configuration says."""
    interfaces = [i["name"] for i in result["interfaces"]]
    uplink = plugin.get("podInterface", "net1" if "net1" in interfaces else "eth0")
    assert _links(runtime.pod)["tap0"].get("master") == f"k6t-{uplink}"
    assert interfaces[-2:] == [f"k6t-{uplink}", "tap0"]
    rules = runtime.pod.nft(f"list table inet masquerade_{uplink}")
    for port in plugin.get("ports", []):
        assert f"{port.get('protocol', 'TCP').lower()} . {port['port']}" in rules
    assert ("@forward" in rules) == bool(plugin.get("ports") or plugin.get("portRanges")), rules


JUDGES = {"cnv-bridge": judge_port, "masquerade": judge_vm}


def judge_nothing_left(runtime, plugins):
    """Node and pod are as they were; a bridge that ADD made stays."""
    bridges = {plugin["bridge"] for plugin in plugins if "bridge" in plugin}
    for place, known in ((runtime.node, {"lo", "v0"} | bridges), (runtime.pod, {"lo", "eth0"})):
        assert not set(_links(place)) - known, f"DEL leaves links in the {place.name}"
        assert not place.nft("list ruleset").strip(), f"DEL leaves rules in the {place.name}"
    leases = Path("/var/lib/cni/networks", runtime.network)
    files = {f.name for f in leases.iterdir()} if leases.exists() else set()
    assert not [f for f in files if f != "lock" and not f.startswith("last_reserved_ip")]
