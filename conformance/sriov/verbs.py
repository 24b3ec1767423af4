# SPDX-License-Identifier: Apache-2.0
"""CHECK, STATUS, GC and VERSION."""

import pathlib

from rig import expect, inside, run, same


def case_check(rig):
    """CHECK names the first thing that is not as ADD left it"""
    vf = rig.vfs[0]
    conf = rig.conf(vf, vlan=100, spoofchk="on", trust="off", max_tx_rate=10)
    rig.namespace()
    conf["prevResult"] = rig.add(conf).json
    same(rig.call("CHECK", conf).status, 0, "CHECK")
    for change, back, words in [
            (("vlan", "101"), ("vlan", "100"), "does not have vlan 100"),
            (("trust", "on"), ("trust", "off"), "does not have trust off"),
            (("spoofchk", "off"), ("spoofchk", "on"), "does not have spoofchk on"),
            (("max_tx_rate", "20"), ("max_tx_rate", "10"), "max_tx_rate 10")]:
        vf.set(*change)
        rig.refused("CHECK", conf, words)
        vf.set(*back)
    inside("blue", "ip", "link", "set", "net1", "down")
    rig.refused("CHECK", conf, "is down")
    # An MTU is another plugin's, such as tuning, which does not report it.
    inside("blue", "ip", "link", "set", "net1", "up", "mtu", "1400")
    same(rig.call("CHECK", conf).status, 0, "CHECK")
    inside("blue", "ip", "link", "set", "net1", "down")
    inside("blue", "ip", "link", "set", "net1", "name", "net9")
    rig.refused("CHECK", conf, "'net1' does not exist")
    inside("blue", "ip", "link", "set", "net9", "netns", "1")
    rig.refused("CHECK", conf, "is on the host, as 'net9'")
    rig.delete(conf)


def case_status(rig):
    """STATUS tells of missing PFs and of settings that the driver has not, changing nothing"""
    same(rig.call("STATUS", rig.conf(pf="pf0", vlan=5, trust="on", spoofchk="off")).status, 0,
         "STATUS")
    same(rig.call("STATUS", rig.conf()).status, 0, "STATUS without a PF")
    for conf, words in [(rig.conf(pf="pf9"), "cannot find PF 'pf9'"),
                        (rig.conf(pf=rig.vfs[0].address), "has no VFs"),
                        (rig.conf(pf="pf0", link_state="enable"),
                         "PF 'pf0' does not support link_state enable")]:
        same(rig.refused("STATUS", conf, words).json["code"], 50, "code")
    run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "/var/lib/cni/sriov")
    try:
        rig.refused("STATUS", rig.conf(), "Read-only file system")
    finally:
        run("umount", "/var/lib/cni/sriov")


def case_garbage(rig):
    """GC restores what is not on the list, of this network only"""
    rig.namespace()
    keep, drop, other = (rig.conf(vf, vlan=8) for vf in rig.vfs[:3])
    other["name"] = "another"
    for conf, name in ((keep, "keep"), (drop, "drop"), (other, "other")):
        rig.add(conf, ifname=name)
    valid = [{"containerID": "pod1", "ifname": "keep"}]
    same(rig.call("GC", rig.conf() | {"cni.dev/valid-attachments": valid}).status, 0, "GC")
    same([vf.interface is None for vf in rig.vfs[:3]], [True, False, True], "in containers")
    rig.delete(keep, ifname="keep")
    rig.delete(other, ifname="other")


def case_garbage_of_the_dead(rig):
    """GC restores VFs of namespaces that are gone"""
    rig.namespace()
    rig.add(rig.conf(rig.vfs[0], vlan=8, mac="02:11:22:33:44:55"))
    rig.drop("blue")
    same(rig.call("GC", rig.conf() | {"cni.dev/valid-attachments": []}).status, 0, "GC")


def case_own_namespace(rig):
    """the host's own namespace is refused under any path, even with CNI_NETNS_OVERRIDE"""
    vf = rig.vfs[0]
    run("ip", "netns", "attach", "home", "1")
    try:
        for path in ("/run/netns/home", "/proc/1/ns/net", "/proc/self/ns/net"):
            for prefix in ((), ("env", "CNI_NETNS_OVERRIDE=true")):
                outcome = rig.call("ADD", rig.conf(vf, vlan=5), prefix=prefix, namespace=path)
                same((outcome.status, outcome.json["code"]), (1, 8), f"ADD with {path}: {outcome}")
                rig.unchanged()
        outcome = rig.call("DEL", rig.conf(vf), prefix=("env", "CNI_NETNS_OVERRIDE=true"), namespace="home")
        same(outcome.status, 0, f"DEL {outcome}")
    finally:
        run("ip", "netns", "del", "home")


def case_no_file_may_grow(rig):
    """if files cannot grow (RLIMIT_FSIZE) ADD fails with an error object and leaves nothing"""
    rig.namespace()
    outcome = rig.call("ADD", rig.conf(rig.vfs[0], vlan=5), prefix=("prlimit", "--fsize=0"))
    expect(outcome.status == 1 and "File too large" in outcome.message, f"ADD: {outcome}")
    same(outcome.json["code"], 5, "code")


def case_version(rig):
    """VERSION lists every version"""
    outcome = rig.call("VERSION", {"cniVersion": "1.1.0"})
    same(outcome.json["supportedVersions"],
         ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"], "versions")


def case_log(rig):
    """the log has each command, or with logLevel `error` those that failed"""
    path = pathlib.Path("/var/log/sriov-test.log")
    rig.namespace()
    for level, words in (("error", ["cmd=CHECK"]), ("info", ["cmd=ADD", "cmd=CHECK", "cmd=DEL"])):
        conf = rig.conf(rig.vfs[0], logFile=str(path), logLevel=level)
        rig.add(conf)
        rig.call("CHECK", conf)  # fails, without prevResult
        rig.delete(conf)
        lines = path.read_text(encoding="utf-8").splitlines()
        same([word for line in lines for word in line.split() if word.startswith("cmd=")], words, level)
        path.unlink()
