# SPDX-License-Identifier: Apache-2.0
"""What a pod, a driver or the node leaves behind: the next pod gets a clean VF, or none."""

import ctypes
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import threading

from crash import killed
from handover import await_carrier
from rig import STORE, Skipped, expect, inside, link, records, run, same


def pinned_program(path):
    """Loads an XDP program that passes everything, and pins it."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 2, 0x95, 0, 0, 0))
    licence = ctypes.create_string_buffer(b"GPL")
    load = struct.pack("<IIQQIIQII", 6, 2, ctypes.addressof(code), ctypes.addressof(licence),
                       0, 0, 0, 0, 0).ljust(128, b"\0")
    program = libc.syscall(321, 5, load, len(load))
    expect(program >= 0, f"BPF_PROG_LOAD: {os.strerror(ctypes.get_errno())}")
    name = ctypes.create_string_buffer(path.encode())
    pin = struct.pack("<QII", ctypes.addressof(name), program, 0).ljust(128, b"\0")
    expect(libc.syscall(321, 6, pin, len(pin)) == 0, f"pin: {os.strerror(ctypes.get_errno())}")
    os.close(program)


def ipv4_limits(name, namespace, value=None):
    """Returns what a link has as IFLA_GSO_IPV4_MAX_SIZE and IFLA_GRO_IPV4_MAX_SIZE, from Linux 6.3 on, and
    sets both before where a value is given: `ip` of Debian 12 knows neither."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{namespace}") as there:
        libc.setns(there.fileno(), 0)
        try:
            netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            index = socket.if_nametoindex(name)
        finally:
            libc.setns(home.fileno(), 0)
    with netlink:
        def ask(kind, flags, attributes=b""):
            body = struct.pack("<BxHiII", 0, 0, index, 0, 0) + attributes
            netlink.send(struct.pack("<IHHII", 16 + len(body), kind, flags, 0, 0) + body)
            return netlink.recv(1 << 16)
        if value:
            answer = ask(19, 5, struct.pack("<HHIHHI", 8, 63, value, 8, 64, value))  # RTM_SETLINK
            same(struct.unpack_from("<i", answer, 16), (0,), f"error of setting {value}")
        answer, at, found = ask(18, 1), 32, {}  # RTM_GETLINK
        while at + 4 <= len(answer):
            length, kind = struct.unpack_from("<HH", answer, at)
            found[kind] = answer[at + 4:at + length]
            at += length + 3 & ~3
        return [int.from_bytes(found[kind], "little") for kind in (63, 64) if kind in found]


def case_ipv4_limits(rig):
    """IPv4-specific segmentation limits set by a pod (Linux 6.3) are reset"""
    vf = rig.vfs[0]
    conf = rig.conf(vf)
    rig.namespace()
    rig.add(conf)
    before = ipv4_limits("net1", "blue")
    if before:
        same(ipv4_limits("net1", "blue", 4000), [4000, 4000], "limits of the pod")
    rig.delete(conf)
    rig.add(conf)
    same(ipv4_limits("net1", "blue"), before, "limits of the next pod")
    rig.delete(conf)


def case_settings_of_the_pod(rig):
    """flags, queue, group, alias, mode, qdiscs and XDP programs of one pod do not reach the next"""
    vf = rig.vfs[0]
    conf = rig.conf(vf)
    rig.namespace()
    rig.add(conf)
    for words in ("arp off", "promisc on", "allmulticast on", "multicast off", "txqueuelen 7",
                  "group 9", "alias mine", "mode dormant", "gso_max_size 4000",
                  "gso_max_segs 3", "gro_max_size 5000", "brd 02:00:00:00:00:09"):
        inside("blue", "ip", "link", "set", "net1", *words.split())
    inside("blue", "tc", "qdisc", "add", "dev", "net1", "root", "pfifo", "limit", "1")
    inside("blue", "tc", "qdisc", "add", "dev", "net1", "clsact")
    rig.delete(conf)
    found = run("tc", "qdisc", "show", "dev", vf.name)
    expect("pfifo" not in found.split() and "clsact" not in found, f"qdiscs: {found}")
    rig.unchanged()


def case_program(rig):
    """an XDP program that a pod has attached is detached"""
    vf = rig.vfs[0]
    run("mount", "-t", "bpf", "bpf", "/sys/fs/bpf", check=False)
    pinned = "/sys/fs/bpf/passing"
    if not os.path.exists(pinned):
        pinned_program(pinned)
    conf = rig.conf(vf)
    rig.namespace()
    rig.add(conf)
    # Without `ip netns exec`, which mounts another /sys.
    run("nsenter", "--net=/run/netns/blue", "ip", "link", "set", "net1", "xdpgeneric", "pinned",
        pinned)
    expect(link("net1", "blue").get("xdp"), "no program is attached")
    rig.delete(conf)
    rig.unchanged()


def case_alternative_names(rig):
    """any number of alternative names set by a pod are removed, and stop no DEL"""
    vf = rig.vfs[0]
    conf = rig.conf(vf)
    rig.namespace()
    run("ip", "link", "property", "add", "dev", vf.name, "altname", "kept")
    for names in ([vf.name], ["pf0", "pf1"], [b"\xff\xfe=", "host.name=x", "back\\slash"],
                  [f"name{number}" for number in range(40)]):
        rig.add(conf)
        for name in names:
            subprocess.run(["ip", "-n", "blue", "link", "property", "add", "dev", "net1",
                            "altname", name], check=True)
        rig.delete(conf)
        same((vf.interface, link(vf.name)["altnames"]), (vf.name, ["kept"]), f"names {names}")
    run("ip", "link", "property", "del", "dev", vf.name, "altname", "kept")


def case_alternative_name_taken(rig):
    """an alternative name that the host has given to another interface stops no DEL"""
    vf = rig.vfs[0]
    conf = rig.conf(vf)
    run("ip", "link", "property", "add", "dev", vf.name, "altname", "wanted")
    rig.namespace()
    rig.add(conf)
    # Debian 11's 5.10 leaves an interface's alternative names taken where it came from: nobody can have it.
    given = subprocess.run(["ip", "link", "property", "add", "dev", "lo", "altname", "wanted"],
                           capture_output=True, text=True)
    expect(not given.returncode or "File exists" in given.stderr, given.stderr)
    try:
        rig.delete(conf)
        same((vf.interface, records()), (vf.name, []), "VF and records")
    finally:
        run("ip", "link", "property", "del", "dev", vf.name if given.returncode else "lo",
            "altname", "wanted")


def case_dirty(rig):
    """a VF that its driver cannot restore returns to the host and is not allocated until it is restored"""
    vf = rig.vfs[8]
    vf.set("max_tx_rate", "50")
    before = vf.settings()
    conf, later = rig.conf(vf, max_tx_rate=100), rig.conf(vf)
    rig.namespace()
    rig.add(conf)
    run("ip", "link", "set", vf.pf, "down")
    try:
        outcome = rig.delete(conf)
        expect("not restored yet: set min_tx_rate 0 max_tx_rate 50" in outcome.stderr, outcome.stderr)
        same(vf.interface, vf.name, "interface on the host")
        expect(f"allocations/{vf.address}" in records(), "the record is gone")
        rig.delete(conf)
        words = "it was not fully restored after its last attachment"
        same(rig.refused("ADD", later, words, container="pod2").json["code"], 11, "code of ADD")
        same(rig.refused("STATUS", later, words).json["code"], 50, "code of STATUS")
        rig.refused("GC", rig.conf() | {"cni.dev/valid-attachments": []}, words)
        other = rig.conf(rig.vfs[0])
        other["prevResult"] = rig.add(other).json
        same(rig.call("CHECK", other).status, 0, "CHECK of the same attachment with another VF")
        rig.delete(other)
    finally:
        run("ip", "link", "set", vf.pf, "up")
        await_carrier(vf.pf)
    same(rig.call("GC", rig.conf() | {"cni.dev/valid-attachments": []}).status, 0, "GC")
    same((vf.settings(), records()), (before, []), "settings and records")
    same(rig.call("STATUS", later).status, 0, "STATUS")
    vf.set("max_tx_rate", "0")
    # igb forgets an address that the VF has chosen some time after its link comes up.
    run("ip", "link", "set", vf.name, "address", rig.before[vf.address]["address"])


def requests(rig, command, conf, attribute):
    """Returns the calls that send a request with an attribute, each with its number of its kind."""
    path = "/run/strace"
    outcome = rig.call(command, conf, prefix=("strace", "-o", path, "-e", "trace=sendto,sendmsg"))
    expect(outcome.status == 0, f"{command} under strace: {outcome}")
    found, counts = [], {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            call = line.split("(")[0]
            counts[call] = counts.get(call, 0) + 1
            if attribute in line:
                found.append((call, counts[call]))
    return found


def case_home_first(rig):
    """DEL changes no setting before the interface is home: its guest would be in another network"""
    if not shutil.which("strace"):
        raise Skipped("no strace")
    vf = rig.vfs[0]
    conf = rig.conf(vf, vlan=100)
    rig.namespace()
    rig.add(conf)
    first = requests(rig, "DEL", conf, "IFLA_VFINFO_LIST")[0]
    rig.add(conf)
    expect(killed(rig, "DEL", conf, first), "DEL was not killed")
    expect(vf.interface, "the guest has the interface still")
    rig.delete(conf)


def case_busy_driver(rig):
    """settings that the driver is too busy for are retried, by ADD and by DEL"""
    if not shutil.which("strace"):
        raise Skipped("no strace")
    vf = rig.vfs[0]
    conf = rig.conf(vf, vlan=100, trust="on", spoofchk="off")
    rig.namespace()
    for command in ("ADD", "DEL"):
        asked = requests(rig, command, conf, "IFLA_VFINFO_LIST")
        expect(asked, f"{command} has asked for no setting")
        if command == "ADD":
            rig.delete(conf)
        else:
            rig.add(conf)
        for error in ("EBUSY", "EAGAIN") if command == "ADD" else ("EBUSY",):
            call, number = asked[0]
            inject = f"inject={call}:error={error}:when={number}"
            outcome = rig.call(command, conf, prefix=("strace", "-o", "/dev/null", "-e", inject))
            same(outcome.status, 0, f"{command} with {error}: {outcome}")
            if command == "ADD":
                same(vf.settings()["vlan_list"], [{"vlan": 100}], "VLAN")
                if error == "EBUSY":
                    rig.delete(conf)
            else:
                rig.unchanged()


def case_unreadable_record(rig):
    """a corrupt record only makes DEL of its attachment fail, and is void after a reboot"""
    vf, other = rig.vfs[:2]
    path = STORE / "allocations" / vf.address
    path.parent.mkdir(parents=True, exist_ok=True)
    rig.namespace()
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    path.write_text(f"sriov allocation 1\nboot={boot}\ncontainer=pod1\nincarn")
    same(rig.refused("DEL", rig.conf(vf), "it is not an allocation record").json["code"], 5, "code")
    rig.refused("DEL", rig.conf(), "it is not an allocation record")
    rig.delete(rig.conf(vf), container="pod2")
    rig.refused("ADD", rig.conf(vf), "it is not an allocation record", container="pod2")
    rig.add(rig.conf(other), container="pod2")
    rig.delete(rig.conf(other), container="pod2")
    path.write_text("sriov allocation 1\nboot=another\ncontainer=pod1\nincarn")
    rig.delete(rig.conf(vf))
    rig.add(rig.conf(vf), container="pod2")
    rig.delete(rig.conf(vf), container="pod2")


def case_renaming(rig):
    """an interface that keeps being renamed, as by udev, is handed over and fully restored"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, vlan=9, mac="02:11:22:33:44:55")
    rig.namespace()
    is_over = threading.Event()

    def rename():
        while not is_over.is_set():
            if (name := vf.interface) and re.fullmatch(r"eth\d+|udev\d", name):
                new = vf.name if name != vf.name else f"udev{vf.index}"
                run("ip", "link", "set", name, "name", new, check=False)

    process = threading.Thread(target=rename)
    process.start()
    try:
        for _ in range(4):
            rig.add(conf)
            same(link("net1", "blue")["address"], "02:11:22:33:44:55", "address")
            rig.delete(conf)
    finally:
        is_over.set()
        process.join()
        if vf.interface != vf.name:
            run("ip", "link", "set", vf.interface, "name", vf.name)
