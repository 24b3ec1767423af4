# SPDX-License-Identifier: Apache-2.0
"""Verbs that are killed, and kernels that refuse, at any message."""

import itertools
import subprocess

from bed import Bed


def check(plugin, report):
    """Tries each of them."""
    if not subprocess.run(["which", "strace"], capture_output=True).stdout:
        return report.skip("kills and failures", "no strace")
    failing(plugin, report)
    killed(plugin, report)


def killed(plugin, report):
    """ADD and DEL killed at any system call: the next DEL finds all, the next ADD succeeds."""
    bed = Bed(plugin, configuration={"owner": 107})
    try:
        before = bed.state()
        for command in ("ADD", "DEL"):
            for call in ("sendmsg", "sendto", "ioctl", "write"):
                for number in range(1, 60):
                    if command == "DEL":
                        bed.add()
                    done = subprocess.run(
                        ["strace", "-qqf", "-o", "/dev/null", "-e",
                         f"inject={call}:signal=KILL:when={number}", plugin],
                        input=bed.text(), text=True, capture_output=True,
                        env=bed.environment(command))
                    if done.returncode == 0:
                        break
                    where = f"{command} killed at {call} {number}"
                    report.expect(f"DEL after {where}", bed.run("DEL"), (0, {}))
                    report.expect(f"the pod after {where}", bed.state(), before)
                bed.run("DEL")
    finally:
        bed.end()


def failing(plugin, report):
    """Whatever fails in a DEL, no link of the VM's outlives its rules, and the next DEL finds all."""
    bed = Bed(plugin, configuration={"owner": 107})
    try:
        before = bed.state()
        # Each call is counted by itself: of two kinds at once, the second failure could hide the first.
        for call, number in itertools.product(("sendmsg", "sendto"), range(1, 11)):
            bed.add()
            subprocess.run(
                ["strace", "-qqf", "-o", "/dev/null", "-e",
                 f"inject={call}:error=ENOMEM:when={number}", plugin],
                input=bed.text(), text=True, capture_output=True, env=bed.environment("DEL"))
            links, rules, _ = bed.state()
            is_held = ("table inet masquerade_eth0" in rules
                       or not any(link in links for link in ("tap0", "k6t-eth0")))
            where = f"{call} {number}"
            report.expect(f"rules where there is a link, {where} failing", is_held, True)
            report.expect(f"DEL after {where} failed", bed.run("DEL"), (0, {}))
            report.expect(f"the pod after {where} failed", bed.state(), before)
    finally:
        bed.end()
