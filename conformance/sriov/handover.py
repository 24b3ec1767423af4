# SPDX-License-Identifier: Apache-2.0
"""ADD: what it makes, and that a refused one changes nothing."""

import json
import os
import pathlib

from rig import Skipped, device, expect, inside, link, records, run, same


def round_trip(rig, conf, **keys):
    rig.namespace()
    outcome = rig.add(conf, **keys)
    rig.delete(conf, **keys)
    return outcome


def case_settings(rig):
    """VLAN, priority, spoof check, trust and rate are in force, and gone after DEL"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, vlan=100, vlanQoS=3, spoofchk="off", trust="on", max_tx_rate=100)
    rig.namespace()
    result = rig.add(conf).json["interfaces"]
    found = vf.settings()
    same(found["vlan_list"], [{"vlan": 100, "qos": 3}], "VLAN")
    same((found["spoofchk"], found["trust"]), (False, True), "spoof check and trust")
    same(found["rate"]["max_tx"], 100, "rate")
    inner = link("net1", "blue")
    same(result, [{"name": "net1", "mac": inner["address"], "mtu": 1500, "pciID": vf.address,
                   "sandbox": "/run/netns/blue"}], "result")
    expect("UP" in inner["flags"], "the interface is down")
    rig.delete(conf)


def case_mac(rig):
    """a MAC is set on the interface and its VF without trust, and both are restored by DEL"""
    vf = rig.vfs[2]
    conf = rig.conf(vf, mac="02:11:22:33:44:55", vlan=7)
    rig.namespace()
    outcome = rig.add(conf)
    same(outcome.json["interfaces"][0]["mac"], "02:11:22:33:44:55", "result")
    same(link("net1", "blue")["address"], "02:11:22:33:44:55", "interface")
    same(vf.settings()["address"], "02:11:22:33:44:55", "administrative address")
    rig.delete(conf)
    host_may_choose(rig, vf)


def case_mac_guest_cannot_change(rig):
    """a configured MAC cannot be changed from inside, even if the VF had it before; afterwards the host can"""
    vf = rig.vfs[2]
    conf = rig.conf(vf, mac=rig.before[vf.address]["address"])
    rig.namespace()
    rig.add(conf)
    inside("blue", "ip", "link", "set", "net1", "address", "02:66:66:66:66:66", check=False)
    same(vf.settings()["address"], rig.before[vf.address]["address"], "administrative address")
    rig.delete(conf)
    host_may_choose(rig, vf)


def host_may_choose(rig, vf):
    """DEL has not locked the address."""
    for address in ("02:99:99:99:99:99", rig.before[vf.address]["address"]):
        run("ip", "link", "set", vf.interface, "address", address)


def case_mac_locked(rig):
    """a MAC is set on a VF whose address was set by the administrator before"""
    locked(rig, rig.vfs[3], "02:aa:00:00:00:01")


def case_own_mac_locked(rig):
    """a MAC is set on a VF whose own address was set by the administrator before"""
    vf = rig.vfs[4]
    locked(rig, vf, rig.before[vf.address]["address"])


def locked(rig, vf, mac):
    """Whatever ADD sets, the administrator's address is there again after DEL, and cannot be changed."""
    old = rig.before[vf.address]["address"]
    vf.set("mac", mac)
    conf = rig.conf(vf, mac="02:11:22:33:44:66")
    rig.namespace()
    rig.add(conf)
    same(link("net1", "blue")["address"], "02:11:22:33:44:66", "interface")
    rig.delete(conf)
    same(vf.settings()["address"], mac, "administrative address")
    run("ip", "link", "set", vf.interface, "address", "02:66:66:66:66:66", check=False)
    same(vf.settings()["address"], mac, "administrative address, still locked")
    vf.choose(old)


def case_mac_order(rig):
    """runtimeConfig.mac overrides MAC of CNI_ARGS, which overrides mac"""
    vf = rig.vfs[2]
    conf = rig.conf(vf, mac="02:00:00:00:00:01")
    outcome = round_trip(rig, conf, args="MAC=02:00:00:00:00:02")
    same(outcome.json["interfaces"][0]["mac"], "02:00:00:00:00:02", "with CNI_ARGS")
    rig.drop("blue")
    conf["runtimeConfig"] = {"mac": "02:00:00:00:00:03"}
    outcome = round_trip(rig, conf, args="MAC=02:00:00:00:00:02")
    same(outcome.json["interfaces"][0]["mac"], "02:00:00:00:00:03", "with runtimeConfig")


def case_pf_was_down(rig):
    """a MAC is set even after the PF was down and up again, which makes drivers refuse it at first"""
    vf = rig.vfs[9]
    run("ip", "link", "set", vf.pf, "down")
    run("ip", "link", "set", vf.pf, "up")
    try:
        conf = rig.conf(vf, mac="02:11:22:33:44:55")
        rig.namespace()
        rig.add(conf)
        same(link("net1", "blue")["address"], "02:11:22:33:44:55", "interface")
        rig.delete(conf)
    finally:
        await_carrier(vf.pf)


def await_carrier(name):
    import time
    for _ in range(100):
        if pathlib.Path(f"/sys/class/net/{name}/carrier").read_text().strip() == "1":
            return
        time.sleep(0.1)


def refusal(rig, words, **keys):
    vf = rig.vfs[0]
    rig.namespace()
    rig.refused("ADD", rig.conf(vf, **keys), words)
    rig.unchanged()


def case_refused_link_state(rig):
    """a link_state refused by the driver is named, and the settings before it are undone"""
    refusal(rig, "cannot set link_state enable on VF 0 of 'pf0'", vlan=77, spoofchk="off",
            link_state="enable")


def case_refused_protocol(rig):
    """802.1ad that the driver refuses is named, and nothing is changed"""
    refusal(rig, "vlan 77 qos 0 proto 802.1ad", vlan=77, vlanProto="802.1ad", trust="on")


def case_refused_rate(rig):
    """a min_tx_rate refused by the driver is named, and the VLAN is undone"""
    refusal(rig, "min_tx_rate 10", vlan=77, min_tx_rate=10, max_tx_rate=100)


def case_refused_with_mac(rig):
    """a refused setting next to a MAC undoes the MAC"""
    refusal(rig, "link_state", mac="02:11:22:33:44:55", vlan=3, link_state="enable")


def case_validation(rig):
    """invalid values are rejected before anything is locked or changed"""
    vf = rig.vfs[0]
    rig.namespace()
    for key, value, words in [
            ("vlan", 4095, "between 0 and 4094"), ("vlan", "5", "must be an integer"),
            ("spoofchk", "yes", '"on" or "off"'), ("trust", "maybe", '"on" or "off"'),
            ("mac", "01:00:5e:00:00:01", "unicast"), ("mac", "zz", "unicast"),
            ("link_state", "up", '"auto", "enable" or "disable"'),
            ("min_tx_rate", -1, "between 0"), ("vlanQoS", 3, 'without \\"vlan\\"')]:
        outcome = rig.refused("ADD", rig.conf(vf, **{key: value}), words.replace("\\", ""))
        same(outcome.json["code"], 7, f"code of {key}")
    rig.refused("ADD", rig.conf(vf, min_tx_rate=5, max_tx_rate=2), "greater than max_tx_rate")
    rig.refused("ADD", rig.conf(), 'missing "deviceID"')


def case_name_taken(rig):
    """an existing container interface of the name is not touched, nor is the VF"""
    vf = rig.vfs[0]
    rig.namespace()
    inside("blue", "ip", "link", "add", "net1", "type", "veth")
    inside("blue", "ip", "link", "set", "net1", "up")
    before = link("net1", "blue")
    rig.refused("ADD", rig.conf(vf, vlan=100), "already has an interface 'net1'")
    same(link("net1", "blue"), before, "the container's own interface")


def case_names_crossed(rig):
    """the host may have the container's name and the container the host's"""
    vf = rig.vfs[0]
    rig.namespace()
    run("ip", "link", "add", "net1", "type", "veth")
    inside("blue", "ip", "link", "add", vf.name, "type", "veth")
    conf = rig.conf(vf)
    rig.add(conf)
    same(device("net1", "blue"), vf.address, "VF")
    rig.delete(conf)
    run("ip", "link", "del", "net1")


def case_alternative_name(rig):
    """a VF with the container's name as an alternative name gets it, and both are restored"""
    vf = rig.vfs[0]
    for name in ("net1", "enp1s0f0v0"):
        run("ip", "link", "property", "add", "dev", vf.name, "altname", name)
    rig.namespace()
    conf = rig.conf(vf)
    rig.add(conf)
    rig.delete(conf)
    same(sorted(link(vf.name)["altnames"]), ["enp1s0f0v0", "net1"], "alternative names")
    for name in ("net1", "enp1s0f0v0"):
        run("ip", "link", "property", "del", "dev", vf.name, "altname", name)


def case_up_on_host(rig):
    """a VF that was up on the host is up again after DEL"""
    vf = rig.vfs[0]
    run("ip", "link", "set", vf.name, "up")
    conf = rig.conf(vf, mac="02:11:22:33:44:55")
    round_trip(rig, conf)
    expect("UP" in link(vf.name)["flags"], "it is down")
    run("ip", "link", "set", vf.name, "down")


def case_used_by_host(rig):
    """a VF in use by the host is refused, and the error names its user, which keeps it"""
    vf = rig.vfs[0]
    rig.namespace()
    conf = rig.conf(vf, vlan=5)
    for make, undo, words in [
            (f"link add br0 type bridge|link set {vf.name} master br0", "link del br0",
             f"'{vf.name}' is below 'br0'"),
            (f"link add link {vf.name} name vlan9 type vlan id 9", "link del vlan9",
             f"'{vf.name}' is below 'vlan9'"),
            (f"address add 10.7.7.7/24 dev {vf.name}", f"address flush dev {vf.name}",
             f"'{vf.name}' has address 10.7.7.7/24"),
            (f"address add fd00:7::7/64 dev {vf.name}", f"address flush dev {vf.name}",
             f"'{vf.name}' has address fd00:7::7/64")]:
        for words_of_ip in make.split("|"):
            run("ip", *words_of_ip.split())
        before = link(vf.name)
        rig.refused("ADD", conf, words)
        same(link(vf.name), before, "interface")
        run("ip", *undo.split())


def case_again(rig):
    """a second ADD of the same attachment is refused and changes nothing (CNI 1.1.0, "ADD")"""
    vf = rig.vfs[0]
    rig.namespace()
    rig.add(rig.conf(vf, vlan=100))
    before = (vf.settings(), link("net1", "blue"))
    rig.refused("ADD", rig.conf(vf, vlan=101), "already allocated")
    rig.refused("ADD", rig.conf(rig.vfs[1], vlan=101), "already allocated")
    same((vf.settings(), link("net1", "blue")), before, "VF")
    rig.delete(rig.conf(vf))


def ipam(*addresses, routes=()):
    return {"type": "static", "addresses": [{"address": each[0], **(
        {"gateway": each[1]} if len(each) > 1 else {})} for each in addresses],
            "routes": [{"dst": each} for each in routes]}


def need_ipam(rig):
    if not os.path.exists(f"{rig.cni_path}/static"):
        raise Skipped("no IPAM plugins: conformance/setup go-plugins")


def case_addresses(rig):
    """IPAM's addresses and routes are set up, and none of them is a duplicate of itself"""
    need_ipam(rig)
    vf = rig.vfs[0]
    conf = rig.conf(vf, ipam=ipam(("10.9.0.1/24", "10.9.0.254"), ("fd00:9::1/64", "fd00:9::fe"),
                                  routes=["0.0.0.0/0", "::/0"]))
    rig.namespace()
    outcome = rig.add(conf)
    same(outcome.json["ips"][1]["address"], "fd00:9::1/64", "result")
    same(outcome.json["ips"][0]["interface"], 0, "interface of the address")
    import time
    time.sleep(2.5)  # duplicate address detection takes one to two seconds
    found = json.loads(inside("blue", "ip", "-j", "address", "show", "dev", "net1"))[0]["addr_info"]
    mine = [each for each in found if each["local"] == "fd00:9::1"][0]
    expect(not mine.get("dadfailed") and not mine.get("tentative"), f"IPv6 address: {mine}")
    expect("default via 10.9.0.254" in inside("blue", "ip", "route"), "no default route")
    expect("default via fd00:9::fe" in inside("blue", "ip", "-6", "route"), "no IPv6 default route")
    conf["prevResult"] = outcome.json
    same(rig.call("CHECK", conf).status, 0, "CHECK")
    rig.delete(conf)


def case_route_twice(rig):
    """a route that IPAM returns twice is added once, and CHECK finds it"""
    need_ipam(rig)
    conf = rig.conf(rig.vfs[0], ipam=ipam(("10.9.0.1/24",), routes=["10.8.0.0/16", "10.8.0.0/16"]))
    rig.namespace()
    outcome = rig.add(conf)
    routes = json.loads(inside("blue", "ip", "-j", "route", "show", "10.8.0.0/16"))
    same([each["dev"] for each in routes], ["net1"], "routes")
    conf["prevResult"] = outcome.json
    same(rig.call("CHECK", conf).status, 0, "CHECK")
    rig.delete(conf)


def case_chain(rig):
    """the result of earlier plugins of the chain is passed on, and their routes are theirs to check"""
    conf = rig.conf(rig.vfs[0])
    earlier = {"interfaces": [{"name": "eth0", "sandbox": "/run/netns/blue"}],
               "ips": [{"address": "10.1.1.2/24", "gateway": "10.1.1.1", "interface": 0}],
               "routes": [{"dst": "0.0.0.0/0", "gw": "10.1.1.1"}]}
    conf["prevResult"] = {"cniVersion": conf["cniVersion"], **earlier}
    rig.namespace()
    outcome = rig.add(conf)
    same([each["name"] for each in outcome.json["interfaces"]], ["eth0", "net1"], "interfaces")
    same([outcome.json[key] for key in ("ips", "routes")],
         [earlier[key] for key in ("ips", "routes")], "addresses and routes")
    conf["prevResult"] = outcome.json
    same(rig.call("CHECK", conf).status, 0, "CHECK")
    rig.delete(conf)


def case_ipam_failure(rig):
    """a failing, a missing and an empty IPAM leave the VF as it was"""
    need_ipam(rig)
    vf = rig.vfs[0]
    rig.namespace()
    bad = {"type": "static", "addresses": [{"address": "10.9.0.1"}]}
    rig.refused("ADD", rig.conf(vf, vlan=9, ipam=bad), "10.9.0.1")
    rig.unchanged()
    rig.refused("ADD", rig.conf(vf, vlan=9, ipam={"type": "absent"}), "failed to find plugin")
    rig.unchanged()
    rig.refused("ADD", rig.conf(vf, vlan=9, ipam={"type": "static"}), "missing IP config")
    rig.unchanged()
    unreachable = ipam(("10.9.0.1/24",)) | {"routes": [{"dst": "10.8.0.0/16", "gw": "192.0.2.1"}]}
    rig.refused("ADD", rig.conf(vf, vlan=9, mac="02:11:22:33:44:55", ipam=unreachable), "add route")


def case_versions(rig):
    """results have the shape of every version that can express them"""
    vf = rig.vfs[0]
    rig.namespace()
    for version in ("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"):
        conf = rig.conf(vf) | {"cniVersion": version}
        found = rig.add(conf).json["interfaces"][0]
        same("pciID" in found, version >= "1.0.0", f"pciID in {version}")
        rig.delete(conf)
    rig.refused("ADD", rig.conf(vf) | {"cniVersion": "0.2.0"}, "without addresses")


def vfio(vf):
    run("modprobe", "vfio-pci")
    vf.bind("vfio-pci")
    expect(vf.driver == "vfio-pci", f"no vfio-pci on {vf.address} but {vf.driver}")


def case_vfio(rig):
    """ADD, CHECK and DEL handle the settings of a vfio-pci VF through the PF"""
    vf = rig.vfs[4]
    old = rig.before[vf.address]["address"]
    vfio(vf)
    try:
        before = vf.settings()
        conf = rig.conf(vf, vlan=42, mac="02:11:22:33:44:55", spoofchk="off", trust="on",
                        driver="vfio-pci")
        rig.namespace()
        outcome = rig.add(conf)
        same(outcome.json["interfaces"], [{
            "name": "net1", "mac": "02:11:22:33:44:55", "mtu": 1500, "pciID": vf.address,
            "sandbox": "/run/netns/blue"}], "result")
        same(vf.settings()["vlan_list"], [{"vlan": 42}], "VLAN")
        same(rig.call("CHECK", conf | {"prevResult": outcome.json}).status, 0, "CHECK")
        rig.delete(conf)
        same(vf.settings(), before, "settings")
        rig.delete(conf)
        rig.add(rig.conf(vf), ifname="net2")
        rig.delete(rig.conf(vf), ifname="net2", namespace="")
        same(vf.settings(), before, "settings after DEL without a namespace")
    finally:
        vf.bind("igbvf")
        vf.choose(old)


def case_wrong_driver(rig):
    """a VF whose driver is not of the configured kind is refused"""
    vf = rig.vfs[0]
    rig.namespace()
    rig.refused("ADD", rig.conf(vf, driver="vfio-pci"), "its driver is igbvf")
    rig.refused("ADD", rig.conf() | {"deviceID": "0000:7f:1f.7"}, "no such PCI device")


def case_no_driver(rig):
    """a VF without a driver is refused with a remedy"""
    vf = rig.vfs[5]
    old = rig.before[vf.address]["address"]
    (pathlib.Path("/sys/bus/pci/devices") / vf.address / "driver/unbind").write_text(vf.address)
    try:
        rig.namespace()
        rig.refused("ADD", rig.conf(vf), "neither a network interface nor a driver")
    finally:
        vf.bind("igbvf")
        run("ip", "link", "set", vf.name, "address", old)


def case_pf_out_of_reach(rig):
    """settings and MAC are refused while the PF's interface is elsewhere, and restored when it is back"""
    vf = rig.vfs[7]
    mac = "02:11:22:33:44:55"
    plain, tagged = rig.conf(vf, vlan=0), rig.conf(vf, vlan=100, trust="on")
    rig.namespace("far")
    rig.namespace()
    rig.add(tagged, ifname="net2")
    run("ip", "link", "set", vf.pf, "netns", "far")
    try:
        outcome = rig.delete(tagged, ifname="net2")
        expect("its PF's settings cannot be read" in outcome.stderr, f"DEL says {outcome.stderr!r}")
        rig.refused("ADD", plain, "it was not fully restored after its last attachment")
        put_back(vf, "far")
        rig.delete(tagged, ifname="net2")
        same((vf.settings()["vlan_list"], vf.settings()["trust"], records()), ([{}], False, []), "VF")
        run("ip", "link", "set", vf.pf, "netns", "far")
        for keys, words in (({"mac": mac}, f"mac {mac}"), ({"vlan": 100}, "vlan 100 qos 0 proto 802.1q"),
                            ({"spoofchk": "on"}, "spoofchk on")):
            outcome = rig.refused("ADD", rig.conf(vf, **keys),
                                  f"cannot set {words} on VF '{vf.address}': its PF has no network interface")
            same((outcome.json["code"], vf.interface, records()), (7, vf.name, []), f"code and VF, {words}")
        rig.add(plain)
        same(device("net1", "blue"), vf.address, "VF in the container")
        rig.delete(plain)
        same((vf.interface, records()), (vf.name, []), "VF and records")
    finally:
        put_back(vf, "far")


def put_back(vf, namespace):
    """Brings a PF home from a namespace, if it is there."""
    if link(vf.pf, namespace):
        run("ip", "-n", namespace, "link", "set", vf.pf, "netns", "1")
        run("ip", "link", "set", vf.pf, "up")
        await_carrier(vf.pf)


def case_physical_function(rig):
    """a PF, or any other device that is not a VF, is refused and keeps its interface"""
    rig.namespace()
    wire = os.path.basename(os.path.realpath("/sys/class/net/wire/device/.."))
    for address in (rig.vfs[7].physical, wire):
        conf = rig.conf() | {"deviceID": address}
        same(rig.refused("ADD", conf, "not a virtual function of a PF").json["code"], 7, "code")
        same(rig.refused("STATUS", conf, "not a virtual function").json["code"], 50, "code")
    same(rig.vfs[7].uplink, "pf1", "interface of the PF")
