# SPDX-License-Identifier: Apache-2.0
"""Frames between VFs and on the wire."""

import subprocess
import time

from frames import Wire
from rig import Failed, inside, link, same

IPV4, ARP = 0x0800, 0x0806


def pair(rig, first, second, seconds):
    """Two containers with an address each; returns whether one reaches the other in that time."""
    for name, address, conf in (("blue", "10.9.0.1/24", first), ("red", "10.9.0.2/24", second)):
        rig.namespace(name)
        rig.add(conf, container=name, namespace=name)
        inside(name, "ip", "address", "add", address, "dev", "net1")
    for name in ("blue", "red"):
        await_carrier(name)
    return subprocess.run(
        ["ip", "netns", "exec", "blue", "ping", "-c", "2", "-i", "0.2", "-w", str(seconds),
         "10.9.0.2"], capture_output=True, check=False).returncode == 0


def await_carrier(namespace):
    for _ in range(100):
        if link("net1", namespace)["operstate"] == "UP":
            return
        time.sleep(0.1)
    raise Failed(f"net1 in {namespace} has no carrier within ten seconds")


def part(rig, first, second):
    for name, conf in (("blue", first), ("red", second)):
        rig.delete(conf, container=name, namespace=name)
        rig.drop(name)


def ping(rig, first, second, *, wanted):
    """One reaches the other, or does not within the time that many a ping would have taken."""
    reached = pair(rig, first, second, seconds=10 if wanted else 2)
    part(rig, first, second)
    same(reached, wanted, "ping")


def case_same_vlan(rig):
    """two VFs of one PF in one VLAN reach each other"""
    ping(rig, rig.conf(rig.vfs[0], vlan=100), rig.conf(rig.vfs[1], vlan=100), wanted=True)


def case_across(rig):
    """VFs of two PFs in one VLAN reach each other over the wire"""
    ping(rig, rig.conf(rig.vfs[0], vlan=100), rig.conf(rig.vfs[7], vlan=100), wanted=True)


def case_isolated(rig):
    """VFs in different VLANs do not reach each other, nor an untagged one"""
    first = rig.conf(rig.vfs[0], vlan=100)
    ping(rig, first, rig.conf(rig.vfs[1], vlan=200), wanted=False)
    ping(rig, first, rig.conf(rig.vfs[1], vlan=0), wanted=False)
    ping(rig, first, rig.conf(rig.vfs[7], vlan=200), wanted=False)  # over the wire


def case_tag(rig):
    """frames on the wire have the VLAN and the priority, and none without vlan"""
    rig.namespace()
    for keys, wanted in (({"vlan": 100, "vlanQoS": 3}, (100, 3)), ({}, None)):
        conf = rig.conf(rig.vfs[0], mac="02:11:22:33:44:55", **keys)
        rig.add(conf)
        inside("blue", "ip", "address", "add", "10.9.0.1/24", "dev", "net1")
        await_carrier("blue")
        wire = Wire("wire")
        child = subprocess.Popen(["ip", "netns", "exec", "blue", "ping", "-b", "-i", "0.2",
                                  "10.9.0.255"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        rig.children.append(child)
        found = wire.tags("02:11:22:33:44:55", 10, frames=4, kind=IPV4)
        wire.close()
        child.kill()
        child.wait()
        same(found, {wanted}, "tags on the wire")
        rig.delete(conf)


def case_announcement(rig):
    """an IPv4 address from IPAM is announced on the wire at once"""
    from handover import ipam, need_ipam
    need_ipam(rig)
    rig.namespace()
    conf = rig.conf(rig.vfs[0], vlan=77, mac="02:11:22:33:44:55", ipam=ipam(("10.9.0.1/24",)))
    wire = Wire("wire")
    rig.add(conf)
    found = wire.tags("02:11:22:33:44:55", 3, frames=1, kind=ARP)
    wire.close()
    same(found, {(77, 0)}, "tags of announcements")
    rig.delete(conf)
