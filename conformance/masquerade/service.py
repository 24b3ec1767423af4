# SPDX-License-Identifier: Apache-2.0
"""The VM's address service: as a foreground program, and started by ADD."""

import os
import signal
import socket
import subprocess
import time

from bed import VM, Bed
from guest_client import advertisement, dhcp4, dhcp6, listening, rebind, solicit, storm
from tables_subject import LISTED
from wire import plug


NO_PRIVILEGES = {"CapInh": "0" * 16, "CapPrm": "0" * 16, "CapEff": "0" * 16,
                 "CapAmb": "0" * 16, "NoNewPrivs": "1"}


def check(plugin, report):
    """Both ways to run it."""
    foreground(plugin, report)
    unrecorded(plugin, report)
    renamed(plugin, report)
    replaced(plugin, report)
    spawned(plugin, report)
    refused(plugin, report)
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
        weather(bed, report, program.pid)
        bed.vm.ip("addr add 192.168.1.7/24 dev eth0")
        bed.pod.write("net/ipv4/conf/all/rp_filter", "1")
        report.expect("a guest that moved here hears DHCPNAK when it rebinds",
                      bed.vm.call(rebind), 6)
        report.expect("it advertises the VM's IPv6 address", bed.vm.call(dhcp6), VM[6])
        report.expect("and not where it is asked alone (RFC 8415 §16)",
                      bed.vm.call(dhcp6, "fe80::ff:fe00:0"), "nothing")
        program.send_signal(signal.SIGTERM)
        report.expect("SIGTERM ends it cleanly", ended(program), 0)
        program = start(bed, plugin, "net_bind_service,+net_raw")
        program.stderr.readline()
        report.expect("with CAP_NET_RAW it answers a solicitation",
                      bed.vm.call(solicit), "fe80::ff:fe00:0 9000")
        report.expect("with neither it has any left", privileges(program.pid), NO_PRIVILEGES)
        report.expect("and one of a guest without an address",
                      bed.vm.call(solicit, "::"), "fe80::ff:fe00:0 9000")
        listener = socket.socket(fileno=bed.vm.lend(listening))
        program.send_signal(signal.SIGTERM)
        report.expect("SIGTERM ends it cleanly again", ended(program), 0)
        report.expect("and takes the router back", advertisement(listener, 5), "fe80::ff:fe00:0 0")
        listener.close()
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


def ended(program):
    """The exit status of a program that was asked to end, or what it says that is wrong."""
    return program.wait(3) and program.stderr.read()


def weather(bed, report, process):
    """A guest that asks without end costs a bounded part of a processor, and no memory."""
    before = cost(process)
    sent, answered = bed.vm.call(storm, 3)
    after = cost(process)
    # 100 packets a second after the first 100; half as much again for a slow machine's clock.
    report.expect(f"of {sent} questions in 3 seconds it answers no more than 600",
                  sent > 2000 and 0 < answered <= 600, True)
    report.expect("for less than a tenth of a processor", after[0] - before[0] < 0.3, True)
    report.expect("with the files it had", after[2], before[2])
    # AddressSanitizer keeps what was freed for a while.
    if not bed.is_sanitized:
        report.expect("and with 256 KiB more memory at most", after[1] - before[1] <= 256, True)


def cost(process):
    """Seconds of a processor, KiB of memory and open files of a process so far."""
    fields = open(f"/proc/{process}/stat").read().rpartition(")")[2].split()
    memory = open(f"/proc/{process}/status").read().split("VmRSS:")[1].split()[0]
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(memory), len(os.listdir(f"/proc/{process}/fd"))


def privileges(process):
    """What a process may do beyond an ordinary user, and whether it can gain more."""
    lines = open(f"/proc/{process}/status").read().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {key: status[key] for key in NO_PRIVILEGES}


def folder(bed):
    """Where ADD keeps which process serves an attachment."""
    return f"/run/cni/masquerade/{bed.configuration['name']}"


def started(bed, plugin):
    """The service as ADD starts it, as root, up to where it waits to be recorded."""
    program = subprocess.Popen(
        ["ip", "netns", "exec", bed.pod.name, plugin, "dhcp", "--detached"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    program.stdout.readline()
    return program


def ending(program, seconds):
    """The exit status of a program, if it ends in time."""
    try:
        return program.wait(seconds)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
        return "still there"


def unrecorded(plugin, report):
    """A service that ADD could not record does not live on."""
    bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn"}})
    try:
        bed.add()
        program = started(bed, plugin)
        program.stdin.close()
        report.expect("it ends with an ADD that dies before it recorded it", ending(program, 5), 0)
        record = f"{folder(bed)}/{os.listdir(folder(bed))[0]}"
        bed.run("DEL")
        os.makedirs("/run/cni/masquerade", mode=0o700, exist_ok=True)
        open(folder(bed), "w").close()
        code, _ = bed.run("ADD")
        report.expect("an ADD that cannot record it fails", code, 1)
        report.expect("and leaves no service", serving(bed), [])
        os.remove(folder(bed))
        for call, path in (("mkdir", folder(bed)), ("openat", record), ("close", record)):
            report.expect(f"ADD is killed in {call}", killed(bed, call, path), -signal.SIGKILL)
            report.expect("and leaves no service that DEL does not end",
                          (bed.run("DEL"), serving(bed)), ((0, {}), []))
    finally:
        bed.end()


def killed(bed, call, path):
    """How an ADD ends that is killed at the last such call on a path, where it keeps the record."""
    first = 2 if call == "openat" else 1
    return subprocess.run(
        ["strace", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-P", path,
         "-e", f"inject={call}:signal=KILL:when={first}", bed.plugin],
        input=bed.text(), text=True, capture_output=True, env=bed.environment("ADD"),
    ).returncode


def renamed(plugin, report):
    """A bridge of another name is still the bridge."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.add()
        program = started(bed, plugin)
        program.stdin.write("\n")
        program.stdin.flush()
        for old, new in (("k6t-eth0", "k6t-other"), ("k6t-other", "k6t-eth0")):
            for command in (f"{old} down", f"{old} name {new}", f"{new} up"):
                bed.pod.ip(f"link set {command}")
            time.sleep(2.5)
            report.expect(f"it goes on when its bridge is called {new}", program.poll(), None)
        bed.run("DEL")
        report.expect("and ends when that is gone", ending(program, 8), 0)
    finally:
        bed.end()


def replaced(plugin, report):
    """A bridge of the same name is another one."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        bed.add()
        program = started(bed, plugin)
        program.stdin.write("\n")
        program.stdin.flush()
        bed.run("DEL")
        bed.add()
        report.expect("it ends when its bridge is gone, even if there is another of its name",
                      ending(program, 8), 0)
    finally:
        bed.end()


def refused(plugin, report):
    """A second ADD, which is refused, does not end the service of the first."""
    bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn"}})
    try:
        bed.add()
        before = serving(bed)
        report.expect("a second ADD is refused", bed.run("ADD")[0] > 0, True)
        report.expect("and leaves the service running", serving(bed), before)
        report.expect("which CHECK sees", bed.run("CHECK", bed.checked()), (0, {}))
    finally:
        bed.end()


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
        report.expect("it runs as nobody", "Uid:\t65534\t65534\t65534\t65534" in status, True)
        report.expect("it has no capability left", privileges(process[0]), NO_PRIVILEGES)
        report.expect("only root reads which process it is",
                      oct(os.stat(folder(bed)).st_mode & 0o777), "0o700")
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
