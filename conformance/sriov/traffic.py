# SPDX-License-Identifier: Apache-2.0
"""Frames between VFs and on the wire."""

import subprocess

from frames import Wire
from rig import expect, inside, same


def pair(rig, first, second):
    """Two containers with an address each; returns whether one reaches the other."""
    for name, address, conf in (("blue", "10.9.0.1/24", first), ("red", "10.9.0.2/24", second)):
        rig.namespace(name)
        rig.add(conf, container=name, namespace=name)
        inside(name, "ip", "address", "add", address, "dev", "net1")
    reached = subprocess.run(
        ["ip", "netns", "exec", "blue", "ping", "-c", "3", "-i", "0.2", "-w", "6", "10.9.0.2"],
        capture_output=True, check=False).returncode == 0
    return reached


def part(rig, first, second):
    for name, conf in (("blue", first), ("red", second)):
        rig.delete(conf, container=name, namespace=name)
        rig.drop(name)


def reaches(rig, first, second):
    reached = pair(rig, first, second)
    part(rig, first, second)
    return reached


def case_same_vlan(rig):
    """two VFs of one PF in one VLAN reach each other"""
    same(reaches(rig, rig.conf(rig.vfs[0], vlan=100), rig.conf(rig.vfs[1], vlan=100)), True, "ping")


def case_across(rig):
    """VFs of two PFs in one VLAN reach each other over the wire"""
    same(reaches(rig, rig.conf(rig.vfs[0], vlan=100), rig.conf(rig.vfs[7], vlan=100)), True, "ping")


def case_isolated(rig):
    """VFs in different VLANs do not reach each other, nor an untagged one"""
    first = rig.conf(rig.vfs[0], vlan=100)
    same(reaches(rig, first, rig.conf(rig.vfs[1], vlan=200)), False, "ping to another VLAN")
    same(reaches(rig, first, rig.conf(rig.vfs[1], vlan=0)), False, "ping to no VLAN")
    same(reaches(rig, first, rig.conf(rig.vfs[7], vlan=200)), False, "ping over the wire")


def case_tag(rig):
    """frames on the wire have the VLAN and the priority, and none without vlan"""
    rig.namespace()
    for keys, wanted in (({"vlan": 100, "vlanQoS": 3}, (100, 3)), ({}, None)):
        conf = rig.conf(rig.vfs[0], mac="02:11:22:33:44:55", **keys)
        rig.add(conf)
        inside("blue", "ip", "address", "add", "10.9.0.1/24", "dev", "net1")
        wire = Wire("wire")
        ping = subprocess.Popen(["ip", "netns", "exec", "blue", "ping", "-c", "5", "-i", "0.3",
                                 "10.9.0.99"], stdout=subprocess.DEVNULL)
        rig.children.append(ping)
        same(wire.tags("02:11:22:33:44:55", 4), {wanted}, "tags on the wire")
        wire.close()
        ping.wait()
        rig.delete(conf)


def case_announcement(rig):
    """an IPv4 address of IPAM's is announced on the wire at once"""
    from handover import ipam, need_ipam
    need_ipam(rig)
    rig.namespace()
    conf = rig.conf(rig.vfs[0], vlan=77, mac="02:11:22:33:44:55", ipam=ipam(("10.9.0.1/24",)))
    wire = Wire("wire")
    rig.add(conf)
    expect((77, 0) in wire.tags("02:11:22:33:44:55", 2), "nothing was announced")
    wire.close()
    rig.delete(conf)
