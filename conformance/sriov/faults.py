# SPDX-License-Identifier: Apache-2.0
"""ADD and DEL one of whose system calls fails: whole or not at all, and the truth is told."""

import re
import shutil

from crash import CHANGES
from rig import STORE, Skipped, expect, records, run, same

# How each call can fail, by the kernel's sources and the manual pages.
FILE = ("EIO", "ENOMEM", "EACCES")
FAILURES = {
    **dict.fromkeys(("sendto", "sendmsg"), ("ENOMEM", "EACCES", "EBUSY", "EIO")),
    **dict.fromkeys(("rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat",
                     "write", "openat", "readlink", "newfstatat", "getdents64"), FILE),
    **dict.fromkeys(("fdatasync", "fsync"), ("EIO",)),
    "setns": ("ENOMEM", "EPERM"), "flock": ("ENOLCK", "EINTR"),
}
# What is read decides as much as what is written: whether the VF is there, and who has it.
READS = "openat,readlink,newfstatat,getdents64"
# Without the way back out of the pod's namespace nothing can be taken back.
INDISPENSABLE = {"setns"}


def points(rig, command, conf):
    """Returns each call of an undisturbed run, as its name and its number of its kind, once for each
    way in which it can fail."""
    path = "/run/strace"
    outcome = rig.call(command, conf, prefix=("strace", "-o", path, "-e",
                                              f"trace={CHANGES},{READS},read"))
    expect(outcome.status == 0, f"{command} under strace: {outcome}")
    found, counts, has_begun = [], {}, False
    with open(path, encoding="utf-8") as file:
        for line in file:
            if match := re.match(r"([a-z0-9]+)\(", line):
                name = match[1]
                counts[name] = counts.get(name, 0) + 1
                has_begun = has_begun or line.startswith("read(0,")
                if has_begun:
                    found += [(name, counts[name], error) for error in FAILURES.get(name, ())]
    return found


def sample(rig, everything, offset):
    """All of them, or as many as asked for, spread evenly."""
    count = rig.faults
    if not count or count >= len(everything):
        return everything
    return [everything[(offset + number * len(everything) // count) % len(everything)]
            for number in range(count)]


def sweep(rig, command, offset=0, **keys):
    """Fails the calls of a command one by one, and looks what is there afterwards."""
    if not shutil.which("strace"):
        raise Skipped("no strace")
    conf = rig.conf(rig.vfs[0], **keys)
    rig.namespace()
    rig.add(conf)
    added = rig.vfs[0].settings()
    if command == "ADD":
        rig.delete(conf)
    everything = points(rig, command, conf)
    rig.delete(conf)
    chosen = sample(rig, everything, offset)
    faults = []
    for name, number, error in chosen:
        if command == "DEL":
            rig.add(conf)
        inject = f"inject={name}:error={error}:when={number}"
        outcome = rig.call(command, conf, prefix=("strace", "-o", "/dev/null", "-e", inject))
        what = f"{command} with {name}:{number}:{error}: {outcome}"
        try:
            judge(rig, command, outcome, added, name)
            rig.delete(conf)
            rig.unchanged()
        except AssertionError as fault:
            faults.append(f"{what}: {fault}")
            rig.call("DEL", conf)
    expect(not faults, "\n".join(faults))
    print(f"        {command} failed at {len(chosen)} of its {len(everything)} points")


def judge(rig, command, outcome, added, name):
    """What the answer says must be so."""
    expect(outcome.status in (0, 1), "no answer")
    if outcome.status == 0 and command == "ADD":
        same(rig.vfs[0].settings(), added, "settings after a success")
        expect(f"allocations/{rig.vfs[0].address}" in records(), "success without a record")
    elif outcome.status == 0:
        rig.unchanged()
    elif command == "ADD" and name not in INDISPENSABLE:
        expect(outcome.message or name == "write", "no message")
        same(rig.snapshot()[0], rig.before, "VFs after a failure")


def case_add(rig):
    """ADD of which one system call fails is whole, or leaves the VF as it was"""
    sweep(rig, "ADD", vlan=100, vlanQoS=3, spoofchk="off", trust="on")


def case_add_mac(rig):
    """ADD with a MAC of which one system call fails is whole, or leaves the VF as it was"""
    sweep(rig, "ADD", 3, vlan=100, mac="02:11:22:33:44:55")


def case_delete(rig):
    """DEL of which one system call fails is done, or says that it is not and can be done again"""
    sweep(rig, "DEL", 1, vlan=100, mac="02:11:22:33:44:55", trust="on")


def case_on_disk(rig):
    """the record is synced to disk, file and folder, before anything is changed"""
    if not shutil.which("strace"):
        raise Skipped("no strace")
    conf = rig.conf(rig.vfs[0], vlan=100)
    rig.namespace()
    path, folder = "/run/strace", STORE / "allocations"
    outcome = rig.call("ADD", conf, prefix=("strace", "-y", "-o", path))
    same(outcome.status, 0, f"ADD {outcome}")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    new, final = rf"{folder}/\.{rig.vfs[0].address}\.new", rf"{folder}/{rig.vfs[0].address}"
    steps = (rf"write\(\d+<{new}>", rf"f(data)?sync\(\d+<{new}>\)\s*= 0",
             rf'rename(at2?)?\(.*"{new}".*"{final}"\)\s*= 0', rf"fsync\(\d+<{folder}>\)\s*= 0",
             r"send(to|msg)\(.*IFLA_VFINFO_LIST", r"send(to|msg)\(.*IFLA_NET_NS_FD")
    at = 0
    for step in steps:
        match = re.compile(step).search(text, at)
        expect(match, f"not in order: {step}")
        at = match.end()
    rig.delete(conf)
    run("rm", "-f", path)
