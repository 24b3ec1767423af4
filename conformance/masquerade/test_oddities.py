# SPDX-License-Identifier: Apache-2.0
"""Nodes and interfaces that are unusual: no /proc/sys, jumbo packets, other names, strange files."""

import os
import time

import pytest

from attachment import SPAWNED


def inside(mounts):
    """Runs the plugin in a mount namespace where something is mounted first; nothing of it stays."""
    return ("unshare", "--mount", "sh", "-c", f"{mounts} && exec $0")


@pytest.mark.parametrize("folder", ["/proc/sys", "/proc"])
def test_without_settings_ADD_fails_and_DEL_forgets_nothing(bed, folder):
    """Nobody knows what the kernel has."""
    without = inside(f"mount -t tmpfs none {folder}")
    with bed.unchanged():
        with bed.unchanged():
            answer = bed.call("ADD", without)
            assert answer.status == 1 and "No such file or directory" in answer.text
        bed.add()
        bed.call("DEL", without)
        bed.delete()


@pytest.mark.parametrize("largest", [65521, 65522, 65535])
def test_a_tap_takes_less_than_the_largest_packet_of_other_interfaces(bed, largest):
    bed.pod.ip(f"link set eth0 mtu {largest}")

    assert [link["mtu"] for link in bed.add()["interfaces"]] == [65521, 65521]
    bed.check()
    bed.delete()
    bed.refused("ADD", 7, mtu=65522)


@pytest.mark.parametrize("name", ["tap0", "k6t-eth0"])
def test_an_alternative_name_of_another_interface_is_taken(bed, name):
    bed.pod.ip(f"link property add dev eth0 altname {name}")

    with bed.unchanged():
        bed.refused("ADD", 102, f"{name} already exists")


@pytest.mark.parametrize("dhcp", [{}, {"dns": ["10.96.0.10"], "domain": "a.example"}],
                         ids=["needed", "not needed"])
def test_the_address_service_does_not_wait_for_a_resolv_conf_that_is_a_pipe(beds, dhcp):
    bed = beds({**SPAWNED, "dhcp": {"mode": "spawn", **dhcp}})
    os.mkfifo("/run/pipe")
    start = time.monotonic()

    answer = bed.call("ADD", inside("mount --bind /run/pipe /etc/resolv.conf"))

    os.remove("/run/pipe")
    assert answer.status == 0 and time.monotonic() - start < 3, answer
