# SPDX-License-Identifier: Apache-2.0
"""Network namespaces by name."""

import ctypes
import os
import subprocess
from contextlib import contextmanager
from typing import Iterator

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


class Namespace:
    """A network namespace that lives until the bench ends or it is deleted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = f"/run/netns/{name}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        self._file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        # Neighbour and router discovery would send frames nobody asked for.
        with self.entered():
            for scope in ("all", "default"):
                with open(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6", "w") as switch:
                    switch.write("1")
        self.run("ip", "link", "set", "lo", "up")

    def delete(self) -> None:
        os.close(self._file)
        subprocess.run(["ip", "netns", "delete", self.name], check=True)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Moves this process, and what it starts meanwhile, into the namespace."""
        origin = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _move(self._file)
            yield
        finally:
            _move(origin)
            os.close(origin)

    def run(self, *command: str, text: str | None = None) -> None:
        """Runs a command inside that must succeed, with a text as its input."""
        with self.entered():
            subprocess.run(command, input=text, text=True, check=True)


def _move(file: int) -> None:
    if _libc.setns(file, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
