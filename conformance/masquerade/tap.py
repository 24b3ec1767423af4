# SPDX-License-Identifier: Apache-2.0
"""Connects the pod's tap with a network card of the VM's namespace, as a hypervisor does."""

import contextlib
import fcntl
import os
import select
import struct

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x2, 0x1000
USER = 107


def open_tap(name, user=0):
    """Opens a tap of this namespace, as a user that this process then stays."""
    tap = os.open("/dev/net/tun", os.O_RDWR)
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def wire(ready, vm):
    """Carries frames between the pod's tap, opened by an unprivileged user, and the VM's eth0."""
    card = vm.call(open_tap, "eth0")
    ends = (open_tap("tap0", USER), card)
    ready()
    while True:
        for end in select.select(ends, [], [])[0]:
            try:
                frame = os.read(end, 65536)
            except OSError:
                return  # the interface is gone
            with contextlib.suppress(OSError):  # the other end is down
                os.write(ends[1] if end == ends[0] else ends[0], frame)


def plug(bed):
    """Plugs the VM in: afterwards its eth0 is connected and up."""
    bed.pod.start(wire, bed.vm)
    bed.vm.ip("link set eth0 address 02:00:00:00:00:99 up")
