# SPDX-License-Identifier: Apache-2.0
"""The VM's address service: as a foreground program, and started by ADD."""

import os
import signal
import subprocess
import time

from bed import VM, Bed
from guest_client import dhcp4, dhcp6, flood, solicit
from tables_subject import LISTED
from wire import plug


def check(plugin, report):
    """Both ways to run it."""
    foreground(plugin, report)
    spawned(plugin, report)
    collected(plugin, report)


def foreground(plugin, report):
    """As an unprivileged user with one capability, against a hostile guest."""
    bed = Bed(plugin, configuration=LISTED)
    program = None
    try:
        missing = bed.pod.execute(plugin, "dhcp")
        report.expect("without a bridge it ends with an error", missing.returncode, 1)
        unknown = bed.pod.execute(plugin, "dhcp", "--x")
        report.expect("an unknown option is refused", unknown.returncode, 2)
        bed.add()
        plug(bed)
        bed.vm.ip("addr add fe80::99/64 dev eth0 nodad")
        program = start(bed, plugin, "net_bind_service")
        first = program.stderr.readline() + program.stderr.readline()
        report.expect("without CAP_NET_RAW it says what is missing",
                      "no router advertisements" in first, True)
        report.expect("it says whom it serves", f"serving {VM[4]} and {VM[6]}" in first, True)
        report.expect("it offers the VM's address", bed.vm.call(dhcp4), VM[4])
        bed.vm.call(flood)
        report.expect("it survives a flood of damaged packets", program.poll(), None)
        report.expect("and offers the VM's address still", bed.vm.call(dhcp4), VM[4])
        report.expect("it advertises the VM's IPv6 address", bed.vm.call(dhcp6), VM[6])
        program.send_signal(signal.SIGTERM)
        report.expect("SIGTERM ends it cleanly", program.wait(3), 0)
        program = start(bed, plugin, "net_bind_service,+net_raw")
        program.stderr.readline()
        report.expect("with CAP_NET_RAW it answers a solicitation",
                      bed.vm.call(solicit), "fe80::ff:fe00:0")
        bed.pod.ip("link del k6t-eth0")
        try:
            report.expect("it ends when the bridge is gone", program.wait(8), 0)
        except subprocess.TimeoutExpired:
            report.expect("it ends when the bridge is gone", "still there", 0)
    finally:
        if program and program.poll() is None:
            program.kill()
        bed.end()


def start(bed, plugin, capabilities):
    """The service as user 107 with capabilities and no more."""
    return subprocess.Popen(
        ["ip", "netns", "exec", bed.pod.name, "setpriv", "--reuid", "107", "--regid", "107",
         "--clear-groups", "--inh-caps", f"+{capabilities}", "--ambient-caps", f"+{capabilities}",
         plugin, "dhcp"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )


def spawned(plugin, report):
    """ADD starts it, CHECK sees it alive, DEL ends exactly that process."""
    bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn", "leaseTime": 600}})
    try:
        before = bed.state()
        bed.add()
        plug(bed)
        process = serving(bed)
        report.expect("ADD starts one service in the pod", len(process), 1)
        status = open(f"/proc/{process[0]}/status").read()
        report.expect("it runs as the tap's owner", "Uid:\t107\t107\t107\t107" in status, True)
        report.expect("it has no capability left", "CapEff:\t0000000000000000" in status, True)
        report.expect("it offers the VM's address", bed.vm.call(dhcp4), VM[4])
        report.expect("CHECK sees it alive", bed.run("CHECK", bed.checked()), (0, {}))
        os.kill(process[0], signal.SIGKILL)
        time.sleep(0.2)
        code, error = bed.run("CHECK", bed.checked())
        report.expect("CHECK sees it dead", (code, error.get("msg")),
                      (1, "the VM's address service is not running"))
        report.expect("DEL succeeds without it", bed.run("DEL"), (0, {}))
        report.expect("DEL leaves the pod as it was", bed.state(), before)
        bed.add()
        process = serving(bed)
        bystander = subprocess.Popen(["ip", "netns", "exec", bed.pod.name, "sleep", "60"])
        report.expect("DEL ends it", (bed.run("DEL"), serving(bed)), ((0, {}), []))
        report.expect("and nothing else", bystander.poll(), None)
        bystander.kill()
        bystander.wait()
    finally:
        bed.end()


def collected(plugin, report):
    """GC ends services of attachments that are not valid any more, and no others."""
    bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn"}})
    try:
        bed.add()
        valid = [{"containerID": "vm-pod", "ifname": "net1"}]
        kept = {**bed.configuration, "cni.dev/valid-attachments": valid}
        report.expect("GC keeps what is valid",
                      (bed.run("GC", kept), len(serving(bed))), ((0, {}), 1))
        gone = {**bed.configuration, "cni.dev/valid-attachments": []}
        report.expect("GC ends what is not", (bed.run("GC", gone), serving(bed)), ((0, {}), []))
        report.expect("STATUS is well", bed.run("STATUS"), (0, {}))
    finally:
        bed.end()


def serving(bed):
    """The services in the pod's namespace."""
    found = bed.pod.execute("ip", "netns", "pids", bed.pod.name).stdout.split()
    processes = []
    for number in found:
        try:
            words = open(f"/proc/{number}/cmdline").read().split("\0")
        except OSError:
            continue
        if words[:2] == ["masquerade", "dhcp"]:
            processes.append(int(number))
    return processes
