# SPDX-License-Identifier: Apache-2.0
"""Protocols without servers here, and paths that are narrower than the VM's link."""

import os
import tempfile
import time

import packets
import talk
from bed import CLIENT, POD, Bed
from probes import prepare
from tables_subject import LISTED, UNLISTED


def check(plugin, report):
    """SCTP by its packets, path MTU by what the VM's kernel learns."""
    sctp(plugin, report)
    path_mtu(plugin, report)


def sctp(plugin, report):
    """An INIT reaches the VM where its port is listed or nothing is."""
    for title, configuration, ports in (
        ("port list", LISTED, (3868,)), ("no list", UNLISTED, (3868, 3869)),
    ):
        bed = Bed(plugin, configuration=configuration)
        path = tempfile.mktemp()
        try:
            prepare(bed)
            bed.vm.start(packets.watch_sctp, path)
            wanted = []
            for family in (4, 6):
                for port in (3868, 3869):
                    bed.client.call(packets.send_sctp, POD[family], port)
                    time.sleep(0.2)
                    if port in ports:
                        wanted.append(f"{port} from {CLIENT[family]} sum right")
            time.sleep(0.3)
            found = open(path).read().splitlines() if os.path.exists(path) else []
            report.expect(f"{title}: SCTP INITs that reach the VM", found, wanted)
        finally:
            bed.end()
            if os.path.exists(path):
                os.unlink(path)


def path_mtu(plugin, report):
    """The VM learns of a narrower path beyond the pod."""
    bed = Bed(plugin, configuration=LISTED)
    try:
        prepare(bed)
        for family in (4, 6):
            bed.pod.ip(f"-{family} route change default via {CLIENT[family]} mtu 1300")
            far = {4: "203.0.113.5", 6: "2001:db8::5"}[family]
            report.expect(f"IPv{family}: the VM learns the path's MTU",
                          bed.vm.call(talk.path_mtu, far, 1400), "1300")
        report.expect("the tap has the pod interface's MTU",
                      "mtu 1500" in bed.pod.ip("link show tap0"), True)
    finally:
        bed.end()
