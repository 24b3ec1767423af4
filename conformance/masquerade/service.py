# SPDX-License-Identifier: Apache-2.0
"""The VM's address service: as a foreground program, and started by ADD."""

import os
import random
import signal
import socket
import struct
import subprocess
import time

from bed import VM, Bed
from tables_subject import LISTED
from wire import plug

MAC = "02:00:00:00:00:99"


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
        report.expect("an unknown option is refused", bed.pod.execute(plugin, "dhcp", "--x").returncode, 2)
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
        report.expect("with CAP_NET_RAW it answers a solicitation", bed.vm.call(solicit), "fe80::ff:fe00:0")
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
        report.expect("GC keeps what is valid", (bed.run("GC", kept), len(serving(bed))), ((0, {}), 1))
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


def discovery():
    mac = bytes.fromhex(MAC.replace(":", ""))
    head = struct.pack("!BBBBIHH16x", 1, 1, 6, 0, 0x11223344, 0, 0x8000) + mac
    return head + bytes(10 + 192) + b"\x63\x82\x53\x63\x35\x01\x01\xff"


def dhcp4():
    """The address that a discovery is offered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.setsockopt(socket.SOL_SOCKET, 25, b"eth0")
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        datagrams.bind(("", 68))
        datagrams.settimeout(1)
        for _ in range(3):
            try:
                datagrams.sendto(discovery(), ("255.255.255.255", 67))
                offer = datagrams.recv(2048)
                return socket.inet_ntoa(offer[16:20])
            except socket.timeout:
                continue
    return "nothing"


def solicitation6():
    return bytes.fromhex("01123456" "0001000a00030001525400123456" "0003000c000000070000000000000000")


def dhcp6():
    """The address that a solicitation is advertised."""
    index = socket.if_nametoindex("eth0")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("::", 546))
        datagrams.settimeout(1)
        for _ in range(3):
            try:
                datagrams.sendto(solicitation6(), ("ff02::1:2", 547, 0, index))
                # Answers to damaged solicitations may still come, without an address.
                while (at := (reply := datagrams.recv(2048)).find(b"\x00\x05\x00\x18") + 4) < 4:
                    pass
                return socket.inet_ntop(socket.AF_INET6, reply[at:at + 16])
            except socket.timeout:
                continue
    return "nothing"


def solicit():
    """Who answers a router solicitation."""
    index = socket.if_nametoindex("eth0")
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        raw.settimeout(1)
        for _ in range(3):
            raw.sendto(bytes.fromhex("8500000000000000"), ("ff02::2", 0, 0, index))
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline:
                try:
                    data, peer = raw.recvfrom(2048)
                except socket.timeout:
                    break
                if data[0] == 134:
                    return peer[0].split("%")[0]
    return "nobody"


def flood():
    """Random and damaged packets for every socket of the service."""
    numbers = random.Random(1)
    index = socket.if_nametoindex("eth0")
    v4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    v4.setsockopt(socket.SOL_SOCKET, 25, b"eth0")
    v4.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    for _ in range(1500):
        for packet, send in (
            (discovery(), lambda p: v4.sendto(p, ("255.255.255.255", 67))),
            (solicitation6(), lambda p: v6.sendto(p, ("ff02::1:2", 547, 0, index))),
        ):
            damaged = bytearray(packet)
            for _ in range(numbers.randrange(8)):
                damaged[numbers.randrange(len(damaged))] = numbers.randrange(256)
            cut = damaged[:numbers.randrange(len(damaged) + 1)]
            for data in (bytes(damaged), bytes(cut), numbers.randbytes(numbers.randrange(1400))):
                try:
                    send(data)
                except OSError:
                    pass
    return "sent"
