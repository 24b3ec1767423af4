# SPDX-License-Identifier: Apache-2.0
"""Nodes and interfaces that are unusual: no /proc/sys, jumbo packets, other names, strange files."""

import os
import subprocess
import tempfile
import time

from bed import Bed
from tables_subject import LISTED


def check(plugin, report):
    """Tries each of them."""
    without_settings(plugin, report)
    jumbo(plugin, report)
    other_name(plugin, report)
    resolver(plugin, report)


def inside(bed, mounts, command):
    """Runs a verb in a mount namespace where something is mounted first; nothing of it stays."""
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"{mounts} && exec $0", bed.plugin], input=bed.text(),
        text=True, capture_output=True, env=bed.environment(command))


def without_settings(plugin, report):
    """Where /proc/sys, or all of /proc, is missing, nobody knows what the kernel has."""
    for title, mount in (("/proc/sys", "mount -t tmpfs none /proc/sys"),
                         ("/proc", "mount -t tmpfs none /proc")):
        bed = Bed(plugin, configuration=LISTED)
        try:
            before = bed.state()
            done = inside(bed, mount, "ADD")
            report.expect(f"ADD without {title} fails ({done.stdout})", done.returncode, 1)
            report.expect("and says why", "No such file or directory" in done.stdout, True)
            report.expect("and leaves nothing", bed.changes(before), [])
            bed.add()
            done = inside(bed, mount, "DEL")
            report.expect(f"DEL without {title} forgets nothing", bed.run("DEL"), (0, {}))
            report.expect("so that a later one restores all", bed.changes(before), [])
        finally:
            bed.end()


def jumbo(plugin, report):
    """A tap takes less than the largest packet of other interfaces."""
    for largest in (65521, 65522, 65535):
        bed = Bed(plugin, configuration=LISTED)
        try:
            bed.pod.ip(f"link set eth0 mtu {largest}")
            status, result = bed.run("ADD")
            found = [each.get("mtu") for each in result.get("interfaces", [])]
            report.expect(f"an interface with packets of {largest} bytes ({result.get('msg')})",
                          (status, found), (0, [65521, 65521]))
            bed.result = result
            report.expect("CHECK", bed.run("CHECK", bed.checked()), (0, {}))
            bed.run("DEL")
            status, error = bed.run("ADD", {**bed.configuration, "mtu": 65522})
            report.expect("no such packets can be asked for", (status, error.get("code")), (1, 7))
        finally:
            bed.end()


def other_name(plugin, report):
    """An alternative name of another interface is taken like its name."""
    for name in ("tap0", "k6t-eth0"):
        bed = Bed(plugin, configuration=LISTED)
        try:
            bed.pod.ip(f"link property add dev eth0 altname {name}")
            before = bed.state()
            status, error = bed.run("ADD")
            report.expect(f"{name} as another name of eth0 ({error.get('msg')})",
                          (status, error.get("code"), f"{name} already exists" in error.get("msg", "")),
                          (1, 102, True))
            report.expect("nothing is changed", bed.changes(before), [])
        finally:
            bed.end()


def resolver(plugin, report):
    """The address service does not wait for what it may read from /etc/resolv.conf."""
    folder = tempfile.mkdtemp()
    pipe = f"{folder}/pipe"
    os.mkfifo(pipe)
    for title, dhcp in (("needed", {}), ("not needed", {"dns": ["10.96.0.10"], "domain": "a.example"})):
        bed = Bed(plugin, configuration={**LISTED, "dhcp": {"mode": "spawn", **dhcp}})
        try:
            start = time.monotonic()
            done = inside(bed, f"mount --bind {pipe} /etc/resolv.conf", "ADD")
            report.expect(f"ADD with a pipe for a resolv.conf that is {title} ({done.stdout})",
                          (done.returncode, time.monotonic() - start < 3), (0, True))
        finally:
            bed.end()
    os.remove(pipe)
    os.rmdir(folder)
