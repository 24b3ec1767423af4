# SPDX-License-Identifier: Apache-2.0
"""QEMU on the pod's tap, as the unprivileged user that the tap is for."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tap import USER, open_tap

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("CONFORMANCE_CACHE", HERE.parent / ".cache"))


@contextlib.contextmanager
def folder():
    """A folder that the user reaches."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def owned(path):
    """A file that the user may write."""
    path.touch()
    os.chown(path, USER, USER)
    return path


@contextlib.contextmanager
def running(bed, memory, card, *options):
    """A machine with a card and options.

    Its files are named from the cache, where it starts: a way to them from / may be closed to it.
    """
    with os.fdopen(bed.pod.lend(open_tap, "tap0", USER)) as tap:
        machine = subprocess.Popen(
            [
                "./qemu/usr/bin/qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot",
                "-display", "none", "-L", "qemu/usr/share/qemu", "-L", "qemu/usr/share/seabios",
                "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", str(memory),
                "-netdev", f"tap,id=tap,fd={tap.fileno()}",
                "-device", f"virtio-net-pci,netdev=tap,mac=52:54:00:12:34:56,{card}", *options,
            ],
            env={**os.environ, "LD_LIBRARY_PATH": str(CACHE / "qemu/usr/lib/x86_64-linux-gnu")},
            cwd=CACHE, pass_fds=[tap.fileno()], stdin=subprocess.DEVNULL, user=USER, group=USER, extra_groups=[],
        )
    try:
        yield machine
    finally:
        machine.kill()
        machine.wait()
