# SPDX-License-Identifier: Apache-2.0
"""ADD and DEL that are killed at any point: the next DEL gives the VF back exactly as it was."""

import re
import shutil
import signal

from rig import Skipped, expect, run

# What changes the world or the plugin's own records; reading calls in between change nothing.
CHANGES = ("sendto,sendmsg,rename,renameat,renameat2,unlink,unlinkat,write,fdatasync,fsync,setns,"
           "mkdir,mkdirat,flock")


def calls(rig, command, conf):
    """Returns the calls of one undisturbed run, each as its name and its number among its like."""
    path = "/run/strace"
    outcome = rig.call(command, conf, prefix=("strace", "-o", path, "-e", f"trace={CHANGES}"))
    expect(outcome.status == 0, f"{command} under strace: {outcome}")
    found, counts = [], {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if match := re.match(r"([a-z0-9]+)\(", line):
                counts[match[1]] = counts.get(match[1], 0) + 1
                found.append((match[1], counts[match[1]]))
    return found


def killed(rig, command, conf, call):
    """Runs the plugin and kills it as it makes that call; says whether it died."""
    name, number = call
    inject = f"inject={name}:signal=KILL:when={number}"
    outcome = rig.call(command, conf, prefix=("strace", "-o", "/dev/null", "-e", inject))
    return outcome.status in (-signal.SIGKILL, 128 + signal.SIGKILL)


def sweep(rig, command, first=0, **keys):
    """Kills the command at every call, or at every so many of them from the first one given on."""
    if not shutil.which("strace"):
        raise Skipped("no strace")
    conf = rig.conf(rig.vfs[0], **keys)
    rig.namespace()
    if command == "ADD":
        points = calls(rig, "ADD", conf)
        rig.delete(conf)
    else:
        rig.add(conf)
        points = calls(rig, "DEL", conf)
    deaths, total = 0, len(points)
    points = points[first % rig.thin::rig.thin]
    for point in points:
        if command == "DEL":
            rig.add(conf)
        deaths += killed(rig, command, conf, point)
        rig.delete(conf)
        rig.unchanged()
    # The last write is the result's: the signal comes when all is done.
    expect(deaths >= len(points) - 1, f"only {deaths} of {len(points)} were killed")
    print(f"        {command} killed at {deaths} of its {total} calls")


def case_add(rig):
    """ADD killed at each call that changes something"""
    sweep(rig, "ADD", vlan=100, vlanQoS=3, spoofchk="off", trust="on")


def case_add_mac(rig):
    """ADD with a MAC killed at each call that changes something"""
    sweep(rig, "ADD", 1, vlan=100, mac="02:11:22:33:44:55")


def case_add_mac_locked(rig):
    """ADD with a MAC on a locked VF killed at each call that changes something"""
    vf = rig.vfs[0]
    old = rig.before[vf.address]["address"]
    vf.set("mac", old)
    sweep(rig, "ADD", 2, mac="02:11:22:33:44:55")
    vf.choose(old)


def case_delete(rig):
    """DEL killed at each call that changes something"""
    sweep(rig, "DEL", vlan=100, mac="02:11:22:33:44:55", trust="on")


def case_add_without_namespace(rig):
    """ADD killed half-way whose namespace is gone: DEL and the next ADD find the VF as it was"""
    conf = rig.conf(rig.vfs[0], vlan=100, trust="on")
    rig.namespace()
    points = calls(rig, "ADD", conf)
    rig.delete(conf)
    for point in (points[len(points) // 2], points[-3]):
        expect(killed(rig, "ADD", conf, point), f"ADD survived {point}")
        rig.drop("blue")
        rig.namespace()
        rig.add(rig.conf(rig.vfs[0]), container="pod2")
        rig.delete(rig.conf(rig.vfs[0]), container="pod2")
        rig.delete(conf)
        rig.unchanged()
