# SPDX-License-Identifier: Apache-2.0
"""ADD and DEL that are killed at any point: the next DEL gives the VF back exactly as it was."""

import os
import re
import shutil
import signal

from rig import Skipped, expect, run

# What changes the world or the plugin's own records; reading calls in between change nothing.
CHANGES = ("sendto,sendmsg,rename,renameat,renameat2,unlink,unlinkat,write,fdatasync,fsync,setns,"
           "mkdir,mkdirat,flock")


def count(rig, command, conf):
    """Returns how many of those calls one undisturbed run makes."""
    path = "/run/strace"
    outcome = rig.call(command, conf, prefix=("strace", "-o", path, "-e", f"trace={CHANGES}"))
    expect(outcome.status == 0, f"{command} under strace: {outcome}")
    with open(path, encoding="utf-8") as file:
        return sum(1 for line in file if re.match(r"[a-z0-9]+\(", line))


def killed(rig, command, conf, number):
    """Runs the plugin and kills it as it makes the call of that number; says whether it died."""
    inject = f"inject={CHANGES}:signal=KILL:when={number}"
    outcome = rig.call(command, conf, prefix=("strace", "-o", "/dev/null", "-e", inject))
    return outcome.status in (-signal.SIGKILL, 128 + signal.SIGKILL)


def sweep(rig, command, **keys):
    if not shutil.which("strace"):
        raise Skipped("no strace")
    conf = rig.conf(rig.vfs[0], **keys)
    rig.namespace()
    if command == "ADD":
        total = count(rig, "ADD", conf)
        rig.delete(conf)
    else:
        rig.add(conf)
        total = count(rig, "DEL", conf)
    step = max(1, total // int(os.environ.get("SRIOV_KILLS", "1000")))
    deaths = 0
    for number in range(1, total + 1, step):
        if command == "DEL":
            rig.add(conf)
        deaths += killed(rig, command, conf, number)
        rig.delete(conf)
        rig.unchanged()
    expect(deaths > total // step // 2, f"only {deaths} of {total // step} were killed")
    print(f"        {command} makes {total} calls that matter; killed at {deaths} of them")


def case_add(rig):
    """ADD killed at each call that changes something"""
    sweep(rig, "ADD", vlan=100, vlanQoS=3, spoofchk="off", trust="on")


def case_add_mac(rig):
    """ADD with a MAC killed at each call that changes something"""
    sweep(rig, "ADD", vlan=100, mac="02:11:22:33:44:55")


def case_add_mac_locked(rig):
    """ADD with a MAC on a locked VF killed at each call that changes something"""
    vf = rig.vfs[0]
    old = rig.before[vf.address]["address"]
    vf.set("mac", old)
    sweep(rig, "ADD", mac="02:11:22:33:44:55")
    vf.set("mac", "00:00:00:00:00:00")
    run("ip", "link", "set", vf.name, "address", old)


def case_delete(rig):
    """DEL killed at each call that changes something"""
    sweep(rig, "DEL", vlan=100, mac="02:11:22:33:44:55", trust="on")


def case_add_without_namespace(rig):
    """ADD killed half-way whose namespace is gone: DEL and the next ADD find the VF as it was"""
    conf = rig.conf(rig.vfs[0], vlan=100, trust="on")
    rig.namespace()
    total = count(rig, "ADD", conf)
    rig.delete(conf)
    for number in (total // 2, total - 2):
        killed(rig, "ADD", conf, number)
        rig.drop("blue")
        rig.namespace()
        rig.add(rig.conf(rig.vfs[0]), container="pod2")
        rig.delete(rig.conf(rig.vfs[0]), container="pod2")
        rig.delete(conf)
        rig.unchanged()
