# SPDX-License-Identifier: Apache-2.0
"""A network namespace, and what runs in it."""

import ctypes
import os
import pickle
import socket
import subprocess
import sys

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(path):
    """Moves this thread into a network namespace."""
    with open(path) as namespace:
        if LIBC.setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {path}")


class Namespace:
    """A named network namespace that is deleted with the bed."""

    def __init__(self, name):
        self.name = name
        self.path = f"/run/netns/{name}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.children = []
        self.ip("link set lo up")

    def ip(self, line, check=True):
        """Runs iproute2's ip inside."""
        command = ["ip", "-n", self.name, *line.split()]
        return subprocess.run(
            command, check=check, capture_output=True, text=True, errors="replace").stdout

    def execute(self, *command, **options):
        """Runs a program inside and returns what it says."""
        options = {"capture_output": True, "text": True, "errors": "replace", **options}
        return subprocess.run(["ip", "netns", "exec", self.name, *command], **options)

    def write(self, key, value):
        """Writes a kernel setting inside."""
        with open(os.devnull, "w") as nothing:
            subprocess.run(
                ["ip", "netns", "exec", self.name, "tee", f"/proc/sys/{key}"],
                input=value, text=True, check=True, stdout=nothing,
            )

    def read(self, key):
        """Reads a kernel setting inside."""
        return self.execute("cat", f"/proc/sys/{key}").stdout.strip()

    def call(self, function, *arguments):
        """Returns what a function returns when called inside."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(reader)
                enter(self.path)
                with os.fdopen(writer, "wb") as stream:
                    pickle.dump(function(*arguments), stream)
                status = 0
            except BaseException as error:  # noqa: BLE001, the child must not return
                print(f"{function.__name__}{arguments}: {error!r}", file=sys.stderr)
            os._exit(status)
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            data = stream.read()
        os.waitpid(child, 0)
        return pickle.loads(data) if data else "test failed"

    def lend(self, function, *arguments):
        """Returns the file that a function opens inside, in a process of its own."""
        here, there = socket.socketpair()
        child = os.fork()
        if child == 0:
            try:
                enter(self.path)
                socket.send_fds(there, [b"."], [function(*arguments)])
            finally:
                os._exit(0)
        there.close()
        _, files, _, _ = socket.recv_fds(here, 1, 1)
        os.waitpid(child, 0)
        return files[0]

    def start(self, function, *arguments):
        """Runs a function inside, in a process that ends with the namespace."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reader)
                enter(self.path)
                function(lambda: os.write(writer, b"."), *arguments)
            except BaseException as error:  # noqa: BLE001, the child must not return
                print(f"{function.__name__}: {error!r}", file=sys.stderr)
            os._exit(1)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        self.children.append(child)
        return child

    def end(self):
        """Ends its processes, by their numbers, and deletes it."""
        for child in self.children:
            try:
                os.kill(child, 9)
                os.waitpid(child, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        subprocess.run(["ip", "netns", "delete", self.name], check=False)
