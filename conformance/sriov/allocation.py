# SPDX-License-Identifier: Apache-2.0
"""The choice of a free VF, and life beside Go sriov-cni."""

import contextlib
import fcntl
import json
import os
import socket
import time

from rig import STORE, expect, link, run, same


def case_lowest(rig):
    """without deviceID the first free VF of the PF is allocated"""
    conf = rig.conf(pf="pf1", vlan=5)
    rig.namespace()
    same(rig.add(conf).pci, rig.vfs[7].address, "VF")
    rig.delete(conf)


def case_by_address(rig):
    """a PF can be given by its PCI address, and several may be listed"""
    rig.namespace()
    conf = rig.conf(pf=["0000:02:00.0", "pf0"])
    same(rig.add(conf).pci, rig.vfs[7].address, "VF")
    rig.delete(conf)
    rig.refused("ADD", rig.conf(pf="pf9"), "cannot find PF 'pf9'")


def case_idempotent(rig):
    """a second ADD of the same attachment gets no second VF, and DEL needs no deviceID"""
    rig.namespace()
    conf = rig.conf(pf="pf0")
    first = rig.add(conf).pci
    other = rig.add(conf, ifname="net2").pci
    expect(first != other, "two attachments have one VF")
    rig.refused("ADD", conf, f"{first} is already allocated: interface 'net1' of container 'pod1'")
    rig.delete(conf)
    rig.delete(conf, ifname="net2")


def case_concurrent(rig):
    """14 ADDs at once over two PFs have 14 different VFs; the next is told who has each"""
    conf = rig.conf(pf=["pf0", "pf1"], vlan=9)
    rig.namespace()
    names = [f"net{i}" for i in range(14)]
    start = time.monotonic()
    outcomes = [rig.finish(child) for child in
                [rig.start("ADD", conf, ifname=name, container=f"pod-{name}") for name in names]]
    print(f"        14 ADDs at once took {time.monotonic() - start:.2f} s")
    for outcome in outcomes:
        same(outcome.status, 0, f"ADD {outcome}")
    same(len({outcome.pci for outcome in outcomes}), 14, "different VFs")
    refused = rig.refused("ADD", conf, "no VF of PF pf0, pf1 is free", ifname="more")
    expect("interface 'net3' of container 'pod-net3'" in refused.json["details"], f"{refused}")
    start = time.monotonic()
    for outcome in [rig.finish(child) for child in
                    [rig.start("DEL", conf, ifname=name, container=f"pod-{name}")
                     for name in names]]:
        same(outcome.status, 0, f"DEL {outcome}")
    print(f"        14 DELs at once took {time.monotonic() - start:.2f} s")


def case_same_device_at_once(rig):
    """of two concurrent ADDs for one VF one gets it, the other's error names the holder"""
    conf = rig.conf(rig.vfs[0], vlan=9)
    rig.namespace()
    children = [rig.start("ADD", conf, container=name, ifname=name) for name in ("one", "two")]
    outcomes = [rig.finish(child) for child in children]
    same(sorted(outcome.status for outcome in outcomes), [0, 1], "statuses")
    loser = next(outcome for outcome in outcomes if outcome.status)
    expect("already allocated" in loser.message, f"{loser}")
    for name in ("one", "two"):
        rig.delete(conf, container=name, ifname=name)


def case_taken(rig):
    """a VF of another attachment is refused, and the error names its holder"""
    conf = rig.conf(rig.vfs[0])
    rig.namespace()
    rig.add(conf)
    rig.refused("ADD", conf, "interface 'net1' of container 'pod1'", container="pod2",
                ifname="net2")
    rig.delete(conf)


def case_used_by_host(rig):
    """VFs that the host uses are passed over"""
    conf = rig.conf(pf="pf0")
    run("ip", "link", "set", rig.vfs[0].name, "up")
    run("ip", "address", "add", "10.7.7.7/24", "dev", rig.vfs[1].name)
    run("ip", "link", "add", "link", rig.vfs[2].name, "name", "vlan9", "type", "vlan", "id", "9")
    rig.namespace()
    same(rig.add(conf).pci, rig.vfs[3].address, "VF")
    rig.delete(conf)
    run("ip", "link", "set", rig.vfs[0].name, "down")
    run("ip", "address", "flush", "dev", rig.vfs[1].name)
    run("ip", "link", "del", "vlan9")


def case_userspace(rig):
    """with driver vfio-pci only VFs with a user-space driver are allocated, otherwise none of them"""
    vf = rig.vfs[3]
    old = rig.before[vf.address]["address"]
    rig.namespace()
    rig.refused("ADD", rig.conf(pf="pf0", driver="vfio-pci"), "its driver is igbvf")
    run("modprobe", "vfio-pci")
    vf.bind("vfio-pci")
    try:
        conf = rig.conf(pf="pf0", driver="vfio-pci", vlan=3)
        same(rig.add(conf).pci, vf.address, "VF for user space")
        rig.delete(conf)
        conf = rig.conf(pf="pf0")
        same(rig.add(conf).pci, rig.vfs[0].address, "VF for the network stack")
        rig.delete(conf)
    finally:
        vf.bind("igbvf")
        vf.choose(old)


def case_crashed(rig):
    """a VF whose attachment's namespace is gone is restored and allocated again"""
    rig.namespace("red")
    rig.add(rig.conf(rig.vfs[0], vlan=100, trust="on"), namespace="red", container="old")
    rig.drop("red")
    rig.namespace()
    conf = rig.conf(pf="pf0")
    time.sleep(0.3)
    same(rig.add(conf).pci, rig.vfs[0].address, "VF")
    same(rig.vfs[0].settings(), rig.before[rig.vfs[0].address]["settings"], "settings")
    rig.delete(conf)


def tells_namespaces_apart():
    """Whether each namespace has a number that no later one has (SO_NETNS_COOKIE, Linux 5.14)."""
    with socket.socket() as any_socket:
        try:
            return bool(any_socket.getsockopt(socket.SOL_SOCKET, 71, 8))
        except OSError:
            return False


def case_crashed_userspace(rig):
    """a vfio-pci VF is free when its namespace is gone, even if another has its path and inode"""
    vf = rig.vfs[3]
    old = rig.before[vf.address]["address"]
    run("modprobe", "vfio-pci")
    vf.bind("vfio-pci")
    try:
        rig.namespace()
        inode = os.stat("/run/netns/blue").st_ino
        rig.add(rig.conf(vf, vlan=100), container="old")
        rig.drop("blue")
        for _ in range(50):
            time.sleep(0.1)  # namespaces end in their own time, and give their inode to the next
            rig.namespace()
            if os.stat("/run/netns/blue").st_ino == inode:
                break
            rig.drop("blue")
        same(os.stat("/run/netns/blue").st_ino, inode, "inode of the new namespace")
        conf = rig.conf(vf, vlan=5)
        if not tells_namespaces_apart():
            rig.refused("ADD", conf, "already allocated")
            rig.delete(rig.conf(vf), container="old")
        rig.add(conf)
        same(vf.settings()["vlan_list"], [{"vlan": 5}], "VLAN")
        rig.delete(rig.conf(vf), container="old")
        same(vf.settings()["vlan_list"], [{"vlan": 5}], "VLAN after the late DEL")
        rig.delete(conf)
    finally:
        vf.bind("igbvf")
        vf.choose(old)


def case_go_record(rig):
    """a VF that Go sriov-cni has recorded for an existing namespace is not allocated"""
    vf = rig.vfs[0]
    rig.namespace("red")
    folder = STORE / "pci"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / vf.address).write_text("/run/netns/red")
    rig.namespace()
    rig.refused("ADD", rig.conf(vf), "in namespace '/run/netns/red'")
    conf = rig.conf(pf="pf0")
    same(rig.add(conf).pci, rig.vfs[1].address, "VF")
    same((folder / rig.vfs[1].address).read_text(), "/run/netns/blue", "record for Go sriov-cni")
    rig.delete(conf)
    rig.drop("red")
    rig.add(rig.conf(vf))
    rig.delete(rig.conf(vf))


def case_go_lock(rig):
    """a VF that Go sriov-cni is working on is waited for, even if any VF will do"""
    rig.namespace()
    folder = STORE / "pci/vf_lock"
    folder.mkdir(parents=True, exist_ok=True)
    vf = rig.vfs[0]
    siblings = [each for each in rig.vfs if each.pf == vf.pf]
    for conf, locked in ((rig.conf(vf), [vf]), (rig.conf(pf=vf.pf), siblings)):
        with contextlib.ExitStack() as stack:
            for each in locked:
                file = stack.enter_context(open(folder / f"{each.address}.lock", "w", encoding="utf-8"))
                fcntl.flock(file, fcntl.LOCK_EX)
            child = rig.start("ADD", conf)
            rig.await_lock(child)
        outcome = rig.finish(child)
        same(outcome.status, 0, f"ADD {outcome}")
        rig.delete(conf)


def go_cache(rig, vf, namespace):
    """Writes what sriov-cni 2.10 keeps of an attachment in the namespace, and returns its file."""
    before = rig.before[vf.address]
    cache = {"MAC": "", "MTU": 1500, "Master": "pf0", "VFID": 0, "cniVersion": "1.0.0",
             "deviceID": vf.address, "ipam": {}, "max_tx_rate": None, "min_tx_rate": None,
             "name": "net", "runtimeConfig": {}, "spoofchk": "off", "trust": "on", "type": "sriov",
             "vlan": 100, "vlanProto": "802.1q", "vlanQoS": 3, "OrigVfState": {
                 "AdminMAC": before["address"], "EffectiveMAC": before["address"],
                 "HostIFName": vf.name, "LinkState": 0, "MTU": 1500, "MaxTxRate": 0,
                 "MinTxRate": 0, "SpoofChk": True, "Trust": False, "Vlan": 0,
                 "VlanProto": 33024, "VlanQoS": 0}}
    (STORE / "pci").mkdir(parents=True, exist_ok=True)
    (STORE / "pod1-net1").write_text(json.dumps(cache))
    (STORE / "pci" / vf.address).write_text(f"/run/netns/{namespace}")
    return STORE / "pod1-net1"


def case_go_attachment(rig):
    """an attachment created by Go sriov-cni is removed completely"""
    vf = rig.vfs[0]
    rig.namespace()
    vf.set("vlan", "100", "qos", "3")
    vf.set("spoofchk", "off")
    vf.set("trust", "on")
    run("ip", "link", "set", vf.name, "netns", "blue", "name", "net1")
    go_cache(rig, vf, "blue")
    # The same folder as the runtime's /run/netns, in another spelling.
    (STORE / "pci" / vf.address).write_text("/var/run/netns/blue")
    rig.delete(rig.conf(vf, vlan=100))
    same(link("net1", "blue"), None, "interface in the container")


def case_go_attachment_before_2_7(rig):
    """an attachment of sriov-cni 2.3 to 2.6, with its shorter cache, is removed, and trust reset"""
    vf = rig.vfs[0]
    before = rig.before[vf.address]
    rig.namespace()
    for words in (("vlan", "100", "qos", "3"), ("trust", "on")):
        vf.set(*words)
    run("ip", "link", "set", vf.name, "netns", "blue", "name", "net1")
    # The fields of `NetConf` and `VfState` in pkg/types/types.go of v2.6; there was no pci/ADDRESS yet.
    cache = {"cniVersion": "0.3.1", "name": "net", "type": "sriov", "ipam": {}, "dns": {},
             "DPDKMode": False, "Master": vf.pf, "MAC": "", "vlan": 100, "vlanQoS": 3,
             "deviceID": vf.address, "VFID": vf.index, "ContIFNames": "net1", "min_tx_rate": None,
             "max_tx_rate": None, "trust": "on", "runtimeConfig": {}, "OrigVfState": {
                 "HostIFName": vf.name, "SpoofChk": True, "AdminMAC": before["address"],
                 "EffectiveMAC": "", "Vlan": 0, "VlanQoS": 0, "MinTxRate": 0, "MaxTxRate": 0,
                 "LinkState": 0}}
    STORE.mkdir(parents=True, exist_ok=True)
    (STORE / "pod1-net1").write_text(json.dumps(cache))
    rig.delete(rig.conf(vf, vlan=100))
    same(link("net1", "blue"), None, "interface in the container")


def case_go_attachment_stale(rig):
    """Go sriov-cni's leftovers for a VF that now has another owner, or from before a reboot, are dropped"""
    vf = rig.vfs[0]
    rig.namespace()
    conf = rig.conf(vf, vlan=55)

    def late_delete(cache, what):
        rig.delete(rig.conf(vf, vlan=100))
        expect(not cache.exists(), f"kept: {what}")
        same(vf.settings()["vlan_list"], [{"vlan": 55}], f"VLAN, with {what}")

    rig.add(conf, container="pod2")
    late_delete(go_cache(rig, vf, "blue"), "a record of this plugin's")
    rig.delete(conf, container="pod2")
    vf.set("vlan", "55")
    late_delete(go_cache(rig, vf, "red"), "a record of sriov-cni's for another")
    cache = go_cache(rig, vf, "blue")
    os.utime(cache, (0, 0))
    late_delete(cache, "a cache of an earlier boot")
    (STORE / "pci" / vf.address).unlink()
    vf.set("vlan", "0")


def case_go_attachment_without_sense(rig):
    """Go sriov-cni's leftovers for a VF that no longer exists do not stop DEL"""
    rig.namespace()
    gone = "0000:7f:1f.7"
    for text in ("", '{"deviceID": "', json.dumps({"deviceID": gone}),
                 json.dumps({"deviceID": gone, "VFID": -1, "OrigVfState": {"MTU": 1500}})):
        cache = STORE / "pod1-net1"
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(text)
        rig.delete(rig.conf(rig.vfs[0]))
        expect(not cache.exists(), f"kept: {text!r}")
