# SPDX-License-Identifier: Apache-2.0
"""Calls of a plugin, undisturbed or with one of its system calls killed or failing."""

from __future__ import annotations

import errno
import json
import os
import re
import select
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# Built by `run`: kills a program at one system call, makes it fail, or forges its reply.
TAMPER = Path(__file__).resolve().parents[1] / ".cache/tamper/tamper"

# A call that takes longer hangs.
DEADLINE = 15

# Calls that change something, or stand between two changes.
CHANGING = frozenset("""
    sendto sendmsg write pwrite64 rename renameat renameat2 unlink unlinkat rmdir mkdir mkdirat
    openat setns unshare flock ioctl clone clone3 vfork fork kill pidfd_send_signal ftruncate fsync
    fdatasync fchmod fchown link linkat mount umount2 wait4 waitid""".split())

_FILE = ("EACCES", "EIO", "ENOMEM")
_NETLINK = ("ENOBUFS", "EINTR", "EAGAIN", "ENOMEM")
_PLACE = ("EMFILE", "ENOMEM")
# How each call can fail, by the kernel's sources and the manual pages. (brk returns no error.)
FAILURES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("sendto", "sendmsg", "recvfrom", "recvmsg"), _NETLINK),
    **dict.fromkeys(("newfstatat", "fstat", "statx", "fstatfs", "readlink", "mkdir", "mkdirat",
                     "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "fchmod",
                     "fchown", "link", "linkat", "getdents64"), _FILE),
    **dict.fromkeys(("pipe2", "dup", "dup2", "dup3", "pidfd_open", "inotify_init1", "signalfd4",
                     "timerfd_create", "eventfd2", "epoll_create1"), _PLACE),
    **dict.fromkeys(("clone", "clone3", "vfork", "fork"), ("EAGAIN", "ENOMEM")),
    **dict.fromkeys(("fsync", "fdatasync", "ftruncate"), ("EIO", "EINTR")),
    **dict.fromkeys(("mmap", "mremap", "inotify_add_watch"), ("ENOMEM",)),
    **dict.fromkeys(("bind", "setsockopt", "connect"), ("ENOBUFS", "ENOMEM", "EACCES")),
    **dict.fromkeys(("getsockname", "getsockopt"), ("ENOBUFS",)),
    **dict.fromkeys(("wait4", "waitid", "getrandom"), ("EINTR",)),
    **dict.fromkeys(("poll", "ppoll"), ("EINTR", "ENOMEM")),
    "openat": ("EMFILE", *_FILE), "read": ("EINTR", "EIO", "ENOMEM"), "pread64": ("EIO", "ENOMEM"),
    "write": ("EINTR", "EIO", "EACCES", "ENOMEM"), "socket": ("EMFILE", "ENOBUFS", "EACCES"),
    "setns": ("ENOMEM", "EPERM"), "unshare": ("ENOMEM", "EPERM"), "fcntl": ("EMFILE",),
    "ioctl": ("EINTR", "EIO", "ENOMEM", "EACCES"), "flock": ("EINTR", "EAGAIN", "ENOLCK"),
    "kill": ("EPERM",), "pidfd_send_signal": ("EPERM",),
}
# What else can happen to a kernel reply: see tamper.c.
ANSWERS = ("LOST", "LATE", "TWICE", "FOREIGN")


@dataclass(frozen=True)
class Point:
    """One system call of a run: its name, its number among those of that name, and its text."""

    call: str
    number: int
    text: str = ""
    failure: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, (self.call, str(self.number), self.failure)))

    @property
    def tampering(self) -> tuple[str, ...]:
        """The command prefix that tampers with a program at this point."""
        how = str(getattr(errno, self.failure, self.failure or "kill"))
        return str(TAMPER), self.call, str(self.number), how

    @property
    def is_answer(self) -> bool:
        """Whether it is a reply of the kernel."""
        return self.call == "recvfrom" and " = -1 " not in self.text

    @property
    def is_of_listing(self) -> bool:
        """Whether it is part of a dump, which the kernel does not repeat."""
        return "NLM_F_MULTI" in self.text


@dataclass(frozen=True)
class Answer:
    """The outcome of a call."""

    status: int
    output: str
    errors: str
    trace: str = ""
    peak: int = 0

    @property
    def was_reached(self) -> bool:
        """Whether the call that was to fail was made."""
        return "(INJECTED)" in self.trace

    @property
    def is_undelivered(self) -> bool:
        """Whether it was the result that could not be written; one that is interrupted is written again."""
        return bool(re.search(r"^write\(1\) = (?!4 ).*\(INJECTED\)", self.trace, re.M))

    @property
    def faults(self) -> list[str]:
        """The violations of the protocol."""
        if self.status == -signal.SIGALRM:
            return [f"no answer within {DEADLINE} s"]
        if self.status not in (0, 1):
            return [f"ended with status {self.status}: {self.errors[-200:]}"]
        # A plugin that cannot write its reply cannot report an error either.
        if self.is_undelivered:
            return [] if self.status == 1 else ["success without a result"]
        try:
            document = json.loads(self.output) if self.output.strip() else None
        except ValueError as error:
            return [f"not one JSON document ({error}): {self.output[:200]}"]
        if self.status == 1 and not (isinstance(document, dict) and document.get("msg")
                                     and isinstance(document.get("code"), int)):
            return [f"failed without an error object: {self.output[:200]}"]
        return []

    def __str__(self) -> str:
        return f"status {self.status} {' '.join(self.output.split())[:200]}"


@dataclass(frozen=True)
class Plugin:
    """A plugin with a configuration and the attachment that it is called for."""

    path: Path
    configuration: dict[str, Any]
    cni_path: str = ""
    pod: str = "pod"

    def call(self, command: str, *, strace: tuple[str, ...] = (), at: Point | None = None,
             **extra: Any) -> Answer:
        """Calls it; `extra` joins the configuration."""
        prefix = at.tampering if at else ()
        if strace:
            # Descriptor 3 is the trace.
            prefix = ("/usr/bin/strace", "-o", "/proc/self/fd/3", "-s", "60", *strace)
        return self.raw(json.dumps({**self.configuration, **extra}).encode(),
                        self.environment(command), prefix)

    def environment(self, command: str) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CNI_COMMAND": command,
                "CNI_CONTAINERID": f"id-{self.pod}", "CNI_NETNS": f"/run/netns/{self.pod}",
                "CNI_IFNAME": "eth0", "CNI_PATH": self.cni_path}

    def raw(self, text: bytes, environment: dict[str, str], prefix: tuple[str, ...] = ()) -> Answer:
        """Calls it with exactly this input and environment; a command prefix may write a trace."""
        files = [os.memfd_create("stream") for _ in range(4)]
        given, out, errors, trace = files
        try:
            os.write(given, text)
            os.lseek(given, 0, os.SEEK_SET)
            words = [*prefix, str(self.path)]
            process = os.posix_spawn(
                words[0], words, environment, setpgroup=0,
                file_actions=[(os.POSIX_SPAWN_DUP2, file, number)
                              for number, file in enumerate(files[:4 if prefix else 3])])
            status, peak = _ending(process)
            said = [_content(file) for file in files[1:]]
            return Answer(status, said[0], said[1], said[2], peak)
        finally:
            for file in files:
                os.close(file)

    def killed(self, command: str, point: Point) -> bool:
        """Kills it just before the call; returns whether it got there."""
        return self.call(command, at=point).status == -signal.SIGKILL

    def failed(self, command: str, point: Point, **extra: Any) -> Answer:
        """Makes the call fail once."""
        return self.call(command, at=point, **extra)

    def points(self, command: str, **extra: Any) -> list[Point]:
        """Performs the command and returns its system calls, without those of the C library's start."""
        answer = self.call(command, strace=("-e", "trace=all"), **extra)
        if answer.status:
            raise AssertionError(f"{command} under strace: {answer} {answer.errors}")
        counts: dict[str, int] = {}
        found, has_begun = [], False
        for line in answer.trace.splitlines():
            # The kernel restarts a call that finds a kernel lock taken (ERESTARTNOINTR).
            if (match := re.match(r"([a-z0-9_]+)\((.*)", line)) and "= ? ERESTART" not in line:
                name = match[1]
                counts[name] = counts.get(name, 0) + 1
                has_begun = has_begun or line.startswith("read(0,")
                if has_begun:
                    found.append(Point(name, counts[name], line if len(line) < 200 else
                                       f"{line[:150]} … {line[-50:]}"))
        return found


def _content(file: int) -> str:
    return os.pread(file, 1 << 22, 0).decode(errors="replace")


def _ending(process: int) -> tuple[int, int]:
    """Waits for a process; returns its status, negative for a signal, and its memory in KiB."""
    handle = os.pidfd_open(process)
    try:
        if not select.select([handle], [], [], DEADLINE)[0]:
            os.killpg(process, signal.SIGKILL)
            os.wait4(process, 0)
            return -signal.SIGALRM, 0
    finally:
        os.close(handle)
    _, status, usage = os.wait4(process, 0)
    status = os.waitstatus_to_exitcode(status)
    # strace exits like its child, apart from a shell's encoding of signals.
    return (128 - status if status > 128 else status), usage.ru_maxrss


def failing(points: list[Point], answers: tuple[str, ...] = ()) -> list[Point]:
    """Returns each point once per way in which its call can fail, or its reply be wrong."""
    return [replace(point, failure=failure) for point in points
            for failure in FAILURES.get(point.call, ()) + (answers if point.is_answer else ())
            if not (failure == "TWICE" and point.is_of_listing)]
