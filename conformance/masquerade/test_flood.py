# SPDX-License-Identifier: Apache-2.0
"""The VM's address service under a hostile guest: answers, memory, files and time of a processor."""

import os
import signal
import threading
import time
from collections import Counter

from attachment import ROUTER, VM, give
from guest import AGENTS, LINK_LOCAL, advertised, offered, send_all, solicitation, solicited
from harness.frames import Card
from hostile import frames
from scapy.layers.dhcp import BOOTP
from scapy.layers.inet import UDP
from scapy.layers.inet6 import ICMPv6ND_RA
from server import cost, judge_cost, start
from tap import plug

SECONDS = 8
# 100 packets at once and then 100 a second are read; half as much again for a slow machine's clock.
# Most are damaged beyond an answer: some 90 are answered.
MOST_ANSWERS = (100 + 100 * SECONDS) * 3 // 2
WARM_UP = 2


def kinds(card):
    """How many answers of each kind have come, and how many that must not."""
    heard = Counter("larger than the link" for frame in card.heard if len(frame.payload) > 1500)
    for packet in card.packets():
        if UDP in packet and packet[UDP].sport == 67:
            heard["dhcp4"] += 1
            if packet[BOOTP].yiaddr not in ("0.0.0.0", VM[4]):
                heard["a foreign IPv4 address"] += 1
        elif UDP in packet and packet[UDP].sport == 547:
            heard["dhcp6"] += 1
        elif ICMPv6ND_RA in packet:
            heard["advertisements"] += 1
    return heard


def test_the_service_bears_a_flood_of_damaged_messages(bed):
    """FLOOD_SEED=NUMBER repeats one."""
    seed = int(os.environ.get("FLOOD_SEED") or time.time_ns() % 2**32)
    print(f"again with FLOOD_SEED={seed} conformance/pytest masquerade --only flood")
    warm_up, flood = frames(seed + 1, 500), frames(seed, 3000)
    bed.add()
    plug(bed)
    give(bed.vm, "eth0", LINK_LOCAL)
    said = []
    with start(bed, "net_bind_service,+net_raw") as program:
        try:
            reader = threading.Thread(target=lambda: said.extend(program.stderr), daemon=True)
            reader.start()
            assert_answers(bed)
            # The allocator has what it needs once every kind of packet has been there.
            send_all(Card(bed.vm, "eth0"), warm_up, WARM_UP)
            card = Card(bed.vm, "eth0")
            before = cost(program.pid)
            sent = send_all(card, flood, SECONDS)
            after = cost(program.pid)
            heard = kinds(card)

            assert sent > 100 * SECONDS * 2
            assert set(heard) == {"advertisements", "dhcp4", "dhcp6"}
            assert sum(heard.values()) <= MOST_ANSWERS
            assert program.poll() is None
            assert_answers(bed)
            judge_cost(bed, before, after, SECONDS)
            assert cost(program.pid)[2] == before[2], "files"
            program.send_signal(signal.SIGTERM)
            program.wait(5)
            reader.join(5)
            assert said[20:] == []
        finally:
            program.kill()


def test_failures_that_a_guest_provokes_are_reported_a_few_times(bed):
    """No route leads back to a link-local address outside fe80::/64 (RFC 4291 §2.5.6)."""
    bed.add()
    plug(bed)
    give(bed.vm, "eth0", LINK_LOCAL)
    with start(bed, "net_bind_service,+net_raw") as program:
        try:
            assert advertised(bed) == VM[6]
            card = Card(bed.vm, "eth0")
            for _ in range(90):
                card.say(AGENTS, solicitation("fe80:1::99", "ff02::1:2"))
                time.sleep(0.01)
            assert advertised(bed) == VM[6]
            program.send_signal(signal.SIGTERM)
            said = program.communicate(timeout=5)[1].splitlines()[1:]  # after whom it serves
            assert 1 <= len(said) <= 5
            assert all("cannot send to fe80:1::99" in line for line in said)
        finally:
            program.kill()


def assert_answers(bed):
    """Right answers to questions that are right, once what waited in the sockets is read."""
    assert (offered(bed), advertised(bed), solicited(bed)) == (VM[4], VM[6], f"{ROUTER} 9000")
