# SPDX-License-Identifier: Apache-2.0
"""Configurations as users have them: the files of examples/sriov, executed as they are written."""

import json
import os
import pathlib
import tempfile

from harness import manifest
from rig import Skipped, expect, link, run, same

PROJECT = pathlib.Path(__file__).resolve().parents[2]
MAC = "02:00:00:00:00:77"


def examples():
    """Yields (name, configuration) of each file; none is there that nobody would execute."""
    for path in sorted((PROJECT / "examples/sriov").iterdir()):
        same(path.suffix, ".yaml", f"form of {path.name}")
        thing = manifest.load(path.read_text())
        same(thing["kind"], "NetworkAttachmentDefinition", f"kind in {path.name}")
        conf = json.loads(thing["spec"]["config"])
        same(conf["name"], thing["metadata"]["name"], f"name in {path.name}")
        yield path.stem, conf


def as_multus_passes(conf, vf):
    """Adds the VF that a device plugin has chosen, in a list to every plugin."""
    if "plugins" in conf:
        return conf | {"plugins": [as_multus_passes(each, vf) for each in conf["plugins"]]}
    return conf if "pf" in conf else conf | {"deviceID": vf.address, "pciBusID": vf.address}


class Runtime:
    """The real libcni for one network, with the MAC that a VM brings."""

    def __init__(self, rig, conf, folder):
        tool = PROJECT / "conformance/.cache/bin/cnitool"
        if not tool.exists():
            raise Skipped("no cnitool: conformance/setup cnitool")
        suffix = "conflist" if "plugins" in conf else "conf"
        (pathlib.Path(folder) / f"10-network.{suffix}").write_text(json.dumps(conf))
        self.words = [str(tool), conf["name"], "/run/netns/blue"]
        self.environment = {
            "NETCONFPATH": folder, "CNI_IFNAME": "net1", "CAP_ARGS": json.dumps({"mac": MAC}),
            "CNI_PATH": f"{os.path.dirname(os.path.realpath(rig.plugin))}:{rig.cni_path}",
            "CNI_ARGS": "IgnoreUnknown=true;K8S_POD_NAMESPACE=a;K8S_POD_NAME=b"}

    def call(self, verb):
        tool, *rest = self.words
        words = [f"{key}={value}" for key, value in self.environment.items()]
        return run("env", *words, tool, verb, *rest)


def judge(rig, plugin, result):
    """The VF is what its configuration says, seen with other eyes than CHECK's."""
    vf = next(vf for vf in rig.vfs if vf.interface is None)
    before = rig.before[vf.address]["settings"]
    found = vf.settings()
    reported = [each for each in result["interfaces"] if each["name"] == "net1"]
    same([each["pciID"] for each in reported], [vf.address], "VF of the result")
    vlan = {"vlan": plugin["vlan"]} if plugin["vlan"] else {}
    if plugin.get("vlanQoS"):
        vlan["qos"] = plugin["vlanQoS"]
    same(found["vlan_list"], [vlan], "VLAN")
    for key in ("spoofchk", "trust"):
        wanted = plugin[key] == "on" if key in plugin else before[key]
        same(found[key], wanted, key)
    same(found["rate"]["max_tx"], plugin.get("max_tx_rate", 0), "greatest rate")
    same(found["rate"]["min_tx"], plugin.get("min_tx_rate", 0), "least rate")
    mac = MAC if plugin.get("capabilities", {}).get("mac") else before["address"]
    same((link("net1", "blue")["address"], found["address"]), (mac, mac), "MAC")
    if "logFile" in plugin:
        text = pathlib.Path(plugin["logFile"]).read_text()
        expect('msg="done" cmd=ADD' in text, f"log: {text}")


def case_examples(rig):
    """every file of examples/sriov works unchanged through libcni: ADD, CHECK, DEL twice"""
    run("modprobe", "vrf")
    rig.namespace()
    for name, conf in examples():
        print(f"        {name}")
        with tempfile.TemporaryDirectory() as folder:
            runtime = Runtime(rig, as_multus_passes(conf, rig.vfs[0]), folder)
            result = json.loads(runtime.call("add"))
            judge(rig, conf.get("plugins", [conf])[0], result)
            if any(each["type"] == "vrf" for each in conf.get("plugins", [])):
                expect(link("net1", "blue").get("master"), "net1 is in no VRF")
            runtime.call("check")
            runtime.call("del")
            runtime.call("del")
        rig.unchanged()
        expect(link("net1", "blue") is None, "DEL leaves an interface")


def case_operator(rig):
    """the operator's template without a single optional field sets nothing"""
    vf = rig.vfs[1]
    rig.namespace()
    # sriov-network-operator, bindata/manifests/cni-config, with the keys that Multus adds.
    text = ('{ "cniVersion":"1.0.0", "name":"test","type":"sriov","vlan":0,"vlanQoS":0,"ipam":{} ,'
            f'"deviceID":"{vf.address}","pciBusID":"{vf.address}"}}')
    rig.add(text)
    same(vf.settings(), rig.before[vf.address]["settings"], "settings")
    rig.delete(text)
