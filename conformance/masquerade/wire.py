# SPDX-License-Identifier: Apache-2.0
"""Connects the pod's tap with a network card of the VM's namespace, as a hypervisor does."""

import fcntl
import os
import select
import struct

from namespace import enter

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_MULTI_QUEUE = 0x2, 0x1000, 0x100


def open_tap(name, flags=0, user=None):
    """Opens a tap of this namespace, as an unprivileged user where one is given."""
    tap = os.open("/dev/net/tun", os.O_RDWR)
    if user is not None:
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    request = struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | flags)
    fcntl.ioctl(tap, TUNSETIFF, request)
    return tap


def wire(ready, vm_namespace, tap="tap0", user=107, flags=0):
    """Carries frames between the pod's tap and the VM's eth0, for ever."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    enter(vm_namespace)
    card = open_tap("eth0")
    enter(f"/proc/self/fd/{here}")
    ends = (open_tap(tap, flags, user), card)
    ready()
    while True:
        for end in select.select(ends, [], [])[0]:
            try:
                frame = os.read(end, 65536)
            except OSError:
                return  # the interface is gone
            try:
                os.write(ends[1] if end == ends[0] else ends[0], frame)
            except OSError:
                pass  # the other end is down


def plug(bed, user=107, flags=0, tap="tap0", mac="02:00:00:00:00:99"):
    """Plugs the VM in: afterwards its eth0 is connected and up."""
    bed.pod.start(wire, bed.vm.path, tap, user, flags)
    bed.vm.ip(f"link set eth0 address {mac}")
    bed.vm.ip("link set eth0 up")
