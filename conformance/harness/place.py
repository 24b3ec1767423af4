# SPDX-License-Identifier: Apache-2.0
"""A network namespace, and what tests do in it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from runner.namespaces import Namespace

# Counters, and what the kernel finds out by itself.
_UNSETTLED = ("nf_conntrack_count", "flush", "stable_secret", "netdev_rss_key")


class Place(Namespace):
    """A network namespace whose processes end with it."""

    @classmethod
    def create(cls, name):
        place = super().create(name)
        place.children = []
        place.ip("link set lo up")
        return place

    def call(self, function, *arguments):
        """Returns what a function returns that is called inside."""
        with self.inside():
            return function(*arguments)

    def execute(self, *command, check=True, **options):
        """Runs a program inside and returns how it ended; it must succeed unless told otherwise."""
        options = {"capture_output": True, "text": True, "errors": "replace", **options}
        with self.inside():
            done = subprocess.run(command, **options)
        assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done

    def ip(self, line, check=True):
        """Runs iproute2's ip inside; returns what it says."""
        return self.execute("ip", *line.split(), check=check).stdout

    def link(self, name):
        """What ip knows of a link."""
        return json.loads(self.ip(f"-j -d link show {name}"))[0]

    def nft(self, line, check=True):
        """Runs nft inside; returns what it says."""
        return self.execute("nft", *line.split(), check=check).stdout

    def write(self, key, value):
        """Writes a kernel setting inside."""
        self.call(Path("/proc/sys", key).write_text, str(value))

    def read(self, key):
        """Reads a kernel setting inside."""
        return self.call(Path("/proc/sys", key).read_text).strip()

    def start(self, function, *arguments):
        """Runs a function inside, in a process that ends with the namespace; returns when it is ready.

        The function says so by calling its first argument.
        """
        reader, writer = os.pipe()
        with self.inside():
            child = os.fork()
            if child == 0:
                try:
                    function(lambda: os.write(writer, b"."), *arguments)
                except BaseException as error:  # the child must not return
                    print(f"{function.__name__}: {error!r}", file=sys.stderr, flush=True)
                os._exit(1)
        os.close(writer)
        self.children.append(child)
        with open(reader, "rb", buffering=0) as stream:
            assert stream.read(1), f"{function.__name__} did not start"

    def lend(self, function, *arguments):
        """Returns the file that a function opens inside, in a separate process."""
        here, there = socket.socketpair()
        with here, self.inside():
            child = os.fork()
            if child == 0:
                try:
                    socket.send_fds(there, [b"."], [function(*arguments)])
                finally:
                    os._exit(0)
            there.close()
            os.waitpid(child, 0)
            return socket.recv_fds(here, 1, 1)[1][0]

    def end(self):
        """Ends its processes, by their numbers, and deletes it."""
        for child in self.children:
            os.kill(child, 9)
            os.waitpid(child, 0)
        self.become("gone")


def settings(folder="/proc/sys/net"):
    """Every setting below a folder; a generator would take longer than the reading."""
    folders, lines = [folder], []
    while folders:
        folder = folders.pop()
        place = os.open(folder, os.O_RDONLY)
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(f"{folder}/{entry.name}")
                elif entry.name not in _UNSETTLED:
                    try:
                        file = os.open(entry.name, os.O_RDONLY, dir_fd=place)
                    except OSError:
                        continue
                    try:
                        value = os.read(file, 4096).decode().strip()
                        lines.append(f"setting {folder[10:]}/{entry.name} = {value}")
                    except OSError:
                        pass
                    finally:
                        os.close(file)
        os.close(place)
    return lines
