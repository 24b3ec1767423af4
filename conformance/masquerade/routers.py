# SPDX-License-Identifier: Apache-2.0
"""Routers that advertise themselves to the pod."""

from attachment import link_local
from harness.frames import Card, header
from harness.until import until
from scapy.layers.inet6 import ICMPv6ND_RA


def becomes_router(pod, link, sender, interface, seconds=10.0):
    """Has somebody advertise itself for 900 s; says whether the pod has it as a router in time."""
    card = Card(sender, interface)
    advertisement = header(link_local(sender, interface), "ff02::1", hlim=255) \
        / ICMPv6ND_RA(routerlifetime=900)

    def is_learnt():
        card.say("33:33:00:00:00:01", advertisement)
        return "proto ra" in pod.ip(f"-6 route show default dev {link}")

    return until(is_learnt, seconds, every=0.1)
