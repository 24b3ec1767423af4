# SPDX-License-Identifier: Apache-2.0
"""Network namespaces as files under /run/netns, as `ip netns` and container runtimes keep them."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path("/run/netns")

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_BIND = 0x1000
MS_RDONLY = 1
MS_REMOUNT = 0x20
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "none", flags: int = 0, data: str = "") -> None:
    result = _libc.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode())
    _checked(result, f"mount '{target}'")


def unmount(target: str) -> None:
    _checked(_libc.umount2(target.encode(), MNT_DETACH), f"unmount '{target}'")


def die_with_parent(signal: int) -> None:
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "ask for the parent's death signal")


class Namespace:
    """An open network namespace; entering it moves the calling thread only."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.is_open = True
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    @classmethod
    def current(cls, name: str) -> Namespace:
        return cls(name, "/proc/thread-self/ns/net")

    @classmethod
    def create(cls, name: str) -> Namespace:
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / name
        path.touch()
        with cls.current("").kept():
            unshare(CLONE_NEWNET)
            mount("/proc/thread-self/ns/net", str(path), flags=MS_BIND)
        return cls(name, str(path))

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Runs the body in this namespace; processes it starts begin there too."""
        with Namespace.current("").kept():
            self._enter()
            yield

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Returns to this namespace after the body, then closes it."""
        try:
            yield
        finally:
            self._enter()
            os.close(self._descriptor)

    def become(self, what: str) -> None:
        """Makes the path a 'file', a 'directory' or 'missing', as a reboot or a dead runtime does.

        With 'gone' the namespace itself ends too; else the container still lives, unreachable.
        """
        with contextlib.suppress(OSError):
            unmount(self.path)
        os.unlink(self.path)
        if what == "file":
            Path(self.path).touch()
        elif what == "directory":
            os.mkdir(self.path)
        elif what == "gone":
            self.close()

    def close(self) -> None:
        """Ends it, unless a process or a file keeps it."""
        self.is_open = False
        os.close(self._descriptor)

    def _enter(self) -> None:
        _checked(_libc.setns(self._descriptor, CLONE_NEWNET), f"enter namespace '{self.name}'")
