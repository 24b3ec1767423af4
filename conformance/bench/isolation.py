# SPDX-License-Identifier: Apache-2.0
"""Namespaces of the bench's own, which the kernel takes away with its last process.

Nothing has to be cleaned up, however the bench ends: network namespaces are pinned in a private
tmpfs, which goes with the mount namespace, and processes end with the first one of theirs.
"""

import os
import shutil
import subprocess
import sys

MARK = "CNV_BENCH_ISOLATED"


class Refused(Exception):
    """The kernel or a missing tool keeps the bench from isolating itself."""


def enter() -> None:
    """Starts this program again inside the namespaces, or prepares them when it is inside."""
    if MARK not in os.environ:
        _start_again()
    del os.environ[MARK]
    # host-local's leases, the Go plugins' caches and `ip netns` live under these two.
    for folder in ("/run", "/var/lib"):
        subprocess.run(["mount", "-t", "tmpfs", "bench", folder], check=True)
    os.makedirs("/run/netns")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def _start_again() -> None:
    if os.geteuid() != 0:
        raise Refused("needs root: it makes network namespaces")
    for tool in ("unshare", "mount", "ip", "nft", "strace"):
        if shutil.which(tool) is None:
            raise Refused(f"'{tool}' is missing; mend it with: conformance/packages")
    sys.stdout.flush()
    own = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    os.execvpe(own[0], own + [sys.executable, "-B"] + sys.argv, os.environ | {MARK: "1"})
