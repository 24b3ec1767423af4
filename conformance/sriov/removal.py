# SPDX-License-Identifier: Apache-2.0
"""DEL: gives back exactly what was taken, in whatever state it finds the node."""

import fcntl
import os
import pathlib
import subprocess
import time

from rig import STORE, expect, inside, link, records, run, same

EVERYTHING = {"vlan": 100, "vlanQoS": 3, "spoofchk": "off", "trust": "on"}


def case_twice(rig):
    """a second DEL is a success and changes nothing"""
    conf = rig.conf(rig.vfs[0], **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    rig.delete(conf)
    rig.delete(conf)


def case_never_added(rig):
    """DEL of an attachment that never was is a success"""
    rig.namespace()
    rig.delete(rig.conf(rig.vfs[0], **EVERYTHING))
    rig.delete(rig.conf())


def case_parallel(rig):
    """two DELs at once both succeed"""
    conf = rig.conf(rig.vfs[0], **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    for outcome in [rig.finish(child) for child in [rig.start("DEL", conf) for _ in range(2)]]:
        same(outcome.status, 0, f"DEL {outcome}")


def case_namespace_gone(rig):
    """after the namespace is gone the VF's name, settings, MTU and MAC are restored"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, mac="02:11:22:33:44:55", **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    inside("blue", "ip", "link", "set", "net1", "mtu", "1400")
    rig.drop("blue")
    rig.delete(conf)


def case_two_namespaces_gone(rig):
    """two VFs that return under the same name get their own names back"""
    confs = [rig.conf(vf, **EVERYTHING) for vf in rig.vfs[:2]]
    for name, conf in zip(("blue", "red"), confs):
        rig.namespace(name)
        rig.add(conf, namespace=name, container=name)
    for name in ("blue", "red"):
        rig.drop(name)
    for name, conf in zip(("blue", "red"), confs):
        rig.delete(conf, namespace=name, container=name)


def case_namespace_empty(rig):
    """with CNI_NETNS empty the VF is restored from its existing namespace"""
    conf = rig.conf(rig.vfs[0], **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    rig.delete(conf, namespace="")
    same(link("net1", "blue"), None, "interface in the container")


def case_namespace_replaced(rig):
    """another namespace at the same path is not touched"""
    conf = rig.conf(rig.vfs[0], **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    rig.drop("blue")
    rig.namespace()
    inside("blue", "ip", "link", "add", "net1", "type", "veth")
    rig.delete(conf)
    expect(link("net1", "blue"), "the other container's interface is gone")


def case_namespace_beside_another(rig):
    """the VF is restored from its namespace even if another now has that path"""
    conf = rig.conf(rig.vfs[0], **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    rig.children.append(subprocess.Popen(["ip", "netns", "exec", "blue", "sleep", "60"]))
    time.sleep(0.5)
    rig.drop("blue")
    rig.namespace()
    inside("blue", "ip", "link", "add", "net1", "type", "veth")
    before = link("net1", "blue")
    rig.delete(conf)
    same(link("net1", "blue"), before, "the other container's interface")


def case_namespace_unnamed(rig):
    """a namespace that only a process still holds is found through it"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    child = subprocess.Popen(["ip", "netns", "exec", "blue", "sleep", "60"])
    rig.children.append(child)
    time.sleep(0.5)
    rig.drop("blue")
    rig.delete(conf)


def case_namespace_unreachable(rig):
    """a VF in a namespace that cannot be found stays recorded, and is restored when that ends"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    handle = os.open("/run/netns/blue", os.O_RDONLY)
    rig.drop("blue")
    rig.refused("DEL", conf, "cannot be found")
    expect(f"allocations/{vf.address}" in records(), "the record is gone")
    os.close(handle)
    rig.delete(conf)


def case_changed_inside(rig):
    """changes the container has made to the interface are undone"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    inside("blue", "ip", "link", "set", "net1", "down")
    inside("blue", "ip", "link", "set", "net1", "name", "eth7", "mtu", "1400",
           "address", "02:00:00:00:00:42")
    inside("blue", "ip", "link", "add", "br0", "type", "bridge")
    inside("blue", "ip", "link", "set", "eth7", "up", "master", "br0")
    rig.delete(conf)


def case_odd_name_inside(rig):
    """an interface that the container has given a non-UTF-8 name is restored"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    inside("blue", "ip", "link", "set", "net1", "down")
    subprocess.run(["ip", "-n", "blue", "link", "set", "net1", "name", b"\xff\xfe"], check=True)
    rig.delete(conf)


def case_container_has_host_name(rig):
    """an interface in the container with the VF's old name is no obstacle"""
    vf = rig.vfs[0]
    conf = rig.conf(vf)
    rig.namespace()
    rig.add(conf)
    inside("blue", "ip", "link", "add", vf.name, "type", "veth")
    rig.delete(conf)


def case_host_name_taken(rig):
    """if the host has reused the old name the VF gets another, and its settings are restored"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    run("ip", "link", "add", vf.name, "type", "veth")
    outcome = rig.delete(conf)
    expect("interface name taken" in outcome.stderr, f"it says {outcome.stderr!r}")
    same(vf.interface, f"{vf.pf}v{vf.index}", "name")
    run("ip", "link", "del", vf.name)
    run("ip", "link", "set", vf.interface, "name", vf.name)


def case_late(rig):
    """a late DEL does not touch a VF that another pod has now"""
    vf = rig.vfs[0]
    first, second = rig.conf(vf, vlan=100), rig.conf(vf, vlan=200, trust="on")
    rig.namespace()
    rig.add(first)
    rig.drop("blue")
    rig.namespace("red")
    rig.add(second, container="pod2", namespace="red")
    before = (vf.settings(), link("net1", "red"))
    rig.delete(first)
    same((vf.settings(), link("net1", "red")), before, "the other pod's VF")
    rig.delete(second, container="pod2", namespace="red")


def case_given_on(rig):
    """a DEL that waits for a VF leaves it to the pod that got it meanwhile"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, vlan=100)
    rig.namespace()
    rig.add(conf)
    record = STORE / "allocations" / vf.address
    with open(STORE / f"pci/vf_lock/{vf.address}.lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        child = rig.start("DEL", conf)
        rig.await_lock(child)
        record.write_text(record.read_text(encoding="utf-8").replace("pod1", "pod2"), encoding="utf-8")
    same(rig.finish(child).status, 0, "DEL")
    same(vf.settings()["vlan_list"], [{"vlan": 100}], "the VLAN of the other pod")
    rig.delete(conf, container="pod2")


def case_physical_function_renamed(rig):
    """a PF that was renamed meanwhile is found"""
    vf = rig.vfs[7]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    run("ip", "link", "set", "pf1", "down")
    run("ip", "link", "set", "pf1", "name", "renamed")
    run("ip", "link", "set", "renamed", "up")
    try:
        rig.delete(conf)
    finally:
        run("ip", "link", "set", "renamed", "down")
        run("ip", "link", "set", "renamed", "name", "pf1")
        run("ip", "link", "set", "pf1", "up")
        from handover import await_carrier
        await_carrier("pf1")


def case_other_boot(rig):
    """a record of an earlier boot is dropped and nothing else happens"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    path = STORE / "allocations" / vf.address
    text = path.read_text()
    rig.delete(conf)
    vf.set("vlan", "55")  # what this boot has made of it
    path.write_text(text.replace("boot=", "boot=another-"))
    rig.delete(conf)
    same(vf.settings()["vlan_list"], [{"vlan": 55}], "VLAN")
    vf.set("vlan", "0")


def case_recreated(rig):
    """a record of recreated VFs is dropped and the new VF is left alone"""
    vf = rig.vfs[7]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    folder = pathlib.Path("/sys/bus/pci/devices") / vf.physical
    run("modprobe", "-r", "igbvf")
    (folder / "sriov_numvfs").write_text("0")
    rig.delete(conf)
    same(records(), [], "records without the device")
    (folder / "sriov_numvfs").write_text("7")
    from handover import await_carrier
    await_carrier("pf1")
    run("modprobe", "igbvf")
    for each in rig.vfs:
        for _ in range(100):
            if each.interface:
                break
            time.sleep(0.1)
        if each.interface != each.name:
            run("ip", "link", "set", each.interface, "name", f"tmp{each.pf}{each.index}")
    for each in rig.vfs:
        if each.interface != each.name:
            run("ip", "link", "set", each.interface, "name", each.name)
    rig.before, rig.hostlinks = rig.snapshot()


def case_recreated_record(rig):
    """the record of a device that was replaced does not affect the new one"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    path = STORE / "allocations" / vf.address
    text = path.read_text()
    rig.delete(conf)
    vf.set("vlan", "55")
    path.write_text(text.replace("incarnation=", "incarnation=9"))
    rig.delete(conf)
    same(vf.settings()["vlan_list"], [{"vlan": 55}], "VLAN")
    vf.set("vlan", "0")


def case_rebound(rig):
    """a VF that was bound to vfio-pci meanwhile has its settings restored"""
    vf = rig.vfs[6]
    old = rig.before[vf.address]["address"]
    conf = rig.conf(vf, **EVERYTHING)
    rig.namespace()
    rig.add(conf)
    run("modprobe", "vfio-pci")
    vf.bind("vfio-pci")
    try:
        rig.delete(conf)
        same(vf.settings()["vlan_list"], [{}], "VLAN")
    finally:
        vf.bind("igbvf")
        vf.choose(old)


def case_broken_configuration(rig):
    """a configuration that ADD would reject does not prevent the VF from being restored"""
    vf = rig.vfs[0]
    rig.namespace()
    rig.add(rig.conf(vf, **EVERYTHING))
    rig.delete(rig.conf() | {"vlan": "hundred", "deviceID": 7, "mac": 3})
