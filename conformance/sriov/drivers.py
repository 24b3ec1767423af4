# SPDX-License-Identifier: Apache-2.0
"""Drivers and kernels that the lab does not have, played by changing what the kernel answers."""

import shutil
import subprocess
import threading
import time

from handover import await_carrier
from leftovers import requests
from rig import HERE, STORE, Skipped, expect, link, records, run, same

TAMPER = str(HERE / "tamper")


def case_unlisted_for_a_moment(rig):
    """ADD and DEL wait for a VF that its PF does not list during a reset"""
    vf = rig.vfs[2]
    conf = rig.conf(vf, vlan=100)
    rig.namespace()
    for command in ("ADD", "DEL"):
        outcome = rig.call(command, conf, prefix=(TAMPER, "1", f"unlisted:{vf.index}"))
        same(outcome.status, 0, f"{command} {outcome}")
        same(vf.settings()["vlan_list"], [{"vlan": 100}] if command == "ADD" else [{}], "VLAN")


def case_unlisted(rig):
    """a VF that its PF does not list for two seconds is refused, and restored later"""
    vf = rig.vfs[2]
    conf = rig.conf(vf, vlan=100)
    rig.namespace()
    always = (TAMPER, "0", f"unlisted:{vf.index}")
    outcome = rig.refused("ADD", conf, "does not list it", prefix=always)
    same(outcome.json["code"], 11, "code")
    expect(outcome.milliseconds > 2000, f"it was waited for {outcome.milliseconds} ms only")
    rig.unchanged()
    rig.add(conf)
    outcome = rig.call("DEL", conf, prefix=always)
    same(outcome.status, 0, f"DEL {outcome}")
    expect("its PF's settings cannot be read" in outcome.stderr, outcome.stderr)
    same((vf.interface, vf.settings()["vlan_list"]), (vf.name, [{"vlan": 100}]), "VF")
    expect(f"allocations/{vf.address}" in records(), "the record is gone")
    rig.delete(conf)


def case_refused_zero_address(rig):
    """a driver that does not take the zero address as 'none' gets the interface's own, and DEL succeeds"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, mac="02:11:22:33:44:55")
    rig.namespace()
    rig.add(conf)
    outcome = rig.call("DEL", conf, prefix=(TAMPER, "0", f"nonzero:{vf.index}"))
    same((outcome.status, outcome.stderr), (0, ""), f"DEL {outcome}")
    same(link(vf.name)["address"], rig.before[vf.address]["address"], "address")
    rig.unchanged()
    # Its PF has gone on keeping it from choosing, which nothing shows.
    vf.choose(rig.before[vf.address]["address"])


def case_many_alternative_names(rig):
    """alternative names of a pod are removed even if the kernel truncates the length of their list"""
    vf = rig.vfs[0]
    conf = rig.conf(vf)
    rig.namespace()
    names = [f"{number:0>127}" for number in range(400)]
    batch = "".join(f"link property add dev net1 altname {name}\n" for name in names)
    for prefix in ((), (TAMPER, "6", "cut")):
        rig.add(conf)
        run("ip", "-n", "blue", "-batch", "-", text=batch)
        same(len(link("net1", "blue")["altnames"]), 400, "alternative names")
        outcome = rig.call("DEL", conf, prefix=prefix)
        same(outcome.status, 0, f"DEL {outcome}")
        rig.unchanged()


def swap(first, second):
    """Gives each of two interfaces the other's name."""
    for name in (first, second):
        run("ip", "link", "set", name, "down")
    for old, new in ((first, "between"), (second, first), ("between", second)):
        run("ip", "link", "set", old, "name", new)
    for name in (first, second):
        run("ip", "link", "set", name, "up")


def case_swapped(rig):
    """two PFs that swap names between ADD and DEL, or during DEL, keep their own VFs"""
    if not shutil.which("strace"):
        raise Skipped("no strace")
    first, second = rig.vfs[0], rig.vfs[7]
    conf = rig.conf(first, vlan=100, trust="on")
    rig.namespace()
    second.set("vlan", "55")
    second.set("trust", "on")
    other = second.settings()
    try:
        rig.add(conf)
        swap("pf0", "pf1")
        rig.delete(conf)
        same((first.settings(), second.settings()),
             (rig.before[first.address]["settings"], other), "settings after the swap")
        rig.add(conf)
        # The names are read in sysfs first, and then used in the first request.
        asked = requests_of(rig, conf)
        rig.add(conf)
        delay = f"inject={asked[0]}:delay_enter=8000000:when={asked[1]}"
        done = []
        child = threading.Thread(target=lambda: done.append(
            rig.call("DEL", conf, prefix=("strace", "-o", "/dev/null", "-e", delay))))
        child.start()
        time.sleep(2)
        swap("pf0", "pf1")
        child.join()
        same(done[0].status, 0, f"DEL {done[0]}")
        same((first.settings(), second.settings()),
             (rig.before[first.address]["settings"], other), "settings after the swap while DEL looked")
    finally:
        if second.uplink != "pf1":
            swap("pf0", "pf1")
        second.set("vlan", "0")
        second.set("trust", "off")
        for name in ("pf0", "pf1"):
            await_carrier(name)


def requests_of(rig, conf):
    """The call of DEL that asks for the VFs of a PF, and its number of its kind."""
    return requests(rig, "DEL", conf, "IFLA_EXT_MASK")[0]
