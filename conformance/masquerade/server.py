# SPDX-License-Identifier: Apache-2.0
"""The address service as a separate program, and its cost."""

import os
import subprocess

NO_PRIVILEGES = {"CapInh": "0" * 16, "CapPrm": "0" * 16, "CapEff": "0" * 16,
                 "CapAmb": "0" * 16, "NoNewPrivs": "1"}


def start(bed, capabilities):
    """The service as user 107 with capabilities and no more."""
    with bed.pod.inside():
        return subprocess.Popen(
            ["setpriv", "--reuid", "107", "--regid", "107", "--clear-groups", "--inh-caps",
             f"+{capabilities}", "--ambient-caps", f"+{capabilities}", bed.plugin, "dhcp"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def start_detached(bed):
    """The service as ADD starts it, as root, up to where it waits to be recorded."""
    with bed.pod.inside():
        program = subprocess.Popen([bed.plugin, "dhcp", "--detached"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    program.stdout.readline()
    return program


def cost(process):
    """Seconds of a processor, KiB of memory and open files of a process so far."""
    fields = open(f"/proc/{process}/stat").read().rpartition(")")[2].split()
    memory = open(f"/proc/{process}/status").read().split("VmRSS:")[1].split()[0]
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(memory), len(os.listdir(f"/proc/{process}/fd"))


def judge_cost(bed, before, after, seconds):
    """Less than a tenth of a processor, 256 KiB more memory at most, and the files it had."""
    assert after[0] - before[0] < seconds / 10
    assert after[2] == before[2]
    # AddressSanitizer keeps what was freed for a while.
    assert bed.is_sanitized or after[1] - before[1] <= 256


def privileges(process):
    """What a process may do beyond an ordinary user, and whether it can gain more."""
    lines = open(f"/proc/{process}/status").read().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {key: status[key] for key in NO_PRIVILEGES}
