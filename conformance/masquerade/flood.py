# SPDX-License-Identifier: Apache-2.0
"""The VM's address service under a hostile guest: answers, memory, files and time of a processor."""

import os
import signal
import threading
import time

from bed import VM, Bed
from guest_client import dhcp4, dhcp6, solicit
from hostile import rage
from service import cost, start
from tables_subject import LISTED
from wire import plug

SECONDS = 8
# 100 packets at once and then 100 a second are read; half as much again for a slow machine's clock.
# Most are damaged beyond an answer: some 90 are answered.
MOST_ANSWERS = (100 + 100 * SECONDS) * 3 // 2
WARM_UP = 2


def check(plugin, report):
    """One flood; FLOOD_SEED=NUMBER repeats one."""
    seed = int(os.environ.get("FLOOD_SEED") or time.time_ns() % 2**32)
    print(f"flood: seed {seed}; again with FLOOD_SEED={seed} conformance/masquerade/run --only flood")
    bed = Bed(plugin, configuration=LISTED)
    program = None
    try:
        bed.add()
        plug(bed)
        bed.vm.ip("addr add fe80::99/64 dev eth0 nodad")
        program = start(bed, plugin, "net_bind_service,+net_raw")
        said = []
        reader = threading.Thread(target=lambda: said.extend(program.stderr), daemon=True)
        reader.start()
        answers(bed, report, "before the flood")
        # The allocator has what it needs once every kind of packet has been there.
        bed.vm.call(rage, seed + 1, WARM_UP)
        before = cost(program.pid)
        sent, heard = bed.vm.call(rage, seed, SECONDS)
        after = cost(program.pid)
        judge(report, sent, heard)
        report.expect("it survives the flood", program.poll(), None)
        answers(bed, report, "right after the flood")
        report.expect("it took less than a tenth of a processor",
                      after[0] - before[0] < SECONDS / 10, True)
        report.expect("it has the files it had", cost(program.pid)[2], before[2])
        # AddressSanitizer keeps what was freed for a while.
        if not bed.is_sanitized:
            report.expect("it has 256 KiB more memory at most",
                          after[1] - before[1] if after[1] - before[1] > 256 else 0, 0)
        program.send_signal(signal.SIGTERM)
        program.wait(5)
        reader.join(5)
        report.expect("it has said little", said[20:22], [])
    finally:
        if program and program.poll() is None:
            program.kill()
            program.wait()
        bed.end()


def judge(report, sent, heard):
    """What was heard in the flood: some of it answers, and nothing that a guest must not get."""
    print(f"flood: {sent} messages, {heard}")
    report.expect("the flood is one", sent > 100 * SECONDS * 2, True)
    kinds = ("advertisements", "dhcp4", "dhcp6")
    report.expect("each kind of question is answered in it",
                  [kind for kind in kinds if not heard.get(kind)], [])
    report.expect("answers are no more than are read",
                  sum(heard.get(kind, 0) for kind in kinds) <= MOST_ANSWERS, True)
    report.expect("no answer is wrong", {key for key in heard if key not in kinds}, set())


def answers(bed, report, when):
    """Right answers to questions that are right."""
    found = [until(bed, *each) for each in (
        (dhcp4, VM[4]), (dhcp6, VM[6]), (solicit, "fe80::ff:fe00:0 9000"))]
    report.expect(f"it answers right {when}", found, [VM[4], VM[6], "fe80::ff:fe00:0 9000"])


def until(bed, ask, wanted):
    """Asks again while what waited in the sockets is still read."""
    for _ in range(3):
        if (found := bed.vm.call(ask)) == wanted:
            break
    return found
