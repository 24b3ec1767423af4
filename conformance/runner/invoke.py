# SPDX-License-Identifier: Apache-2.0
"""Calls plugins: through cnitool (the real libcni), or directly with an exact environment."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any

from .sandbox import WORK


@dataclass
class Answer:
    """The outcome of a call."""

    exit: int
    stdout: str
    stderr: str
    seconds: float
    result: Any = None
    error: dict[str, Any] | None = None
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Attachment:
    """An attachment, with everything needed to delete it."""

    container: str
    netns: str
    ifname: str
    identity: str
    network: dict[str, Any]
    args: str = ""
    capabilities: dict[str, Any] | None = None


def _run(command: list[str], env: dict[str, str], stdin: bytes | Path, limit: float,
         signal: str | None = None) -> Answer:
    start = time.monotonic()
    base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    options: dict[str, Any] = {"capture_output": True, "env": base | env, "timeout": limit}
    try:
        if isinstance(stdin, Path):
            descriptor = os.open(stdin, os.O_RDONLY)
            done = subprocess.run(command, stdin=descriptor, **options)
            os.close(descriptor)
        elif signal:
            done = _interrupted(command, env, stdin, limit, signal)
        else:
            done = subprocess.run(command, input=stdin, **options)
    except subprocess.TimeoutExpired:
        return Answer(-1, "", "", limit, faults=[f"gave no answer within {limit:g} s"])
    return Answer(done.returncode, done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"), time.monotonic() - start)


def _interrupted(command: list[str], env: dict[str, str], stdin: bytes, limit: float,
                 name: str) -> subprocess.CompletedProcess[bytes]:
    """Sends a signal in the middle of the input, which has to be more than a pipe holds."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin
        process.stdin.write(stdin)
        process.stdin.flush()
        process.send_signal(Signals[f"SIG{name}"])
        stdout, stderr = process.communicate(timeout=limit)
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def runtime(cnitool: Path, verb: str, path: Path, network: dict[str, Any], limit: float,
            attachment: Attachment | None = None, valid: list[str] | None = None) -> Answer:
    """Calls the network's plugins as a container runtime does."""
    name = network.get("name", "")
    folder = Path(WORK) / "net.d" / f"{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    extension = "conflist" if "plugins" in network else "conf"
    (folder / f"10-network.{extension}").write_text(json.dumps(network))
    env = {"NETCONFPATH": str(folder), "CNI_PATH": str(path), "CNI_CACHE_DIR": f"{WORK}/cache"}
    command = [str(cnitool), verb, name]
    if attachment:
        env |= {"CNI_IFNAME": attachment.ifname, "CNI_CONTAINERID": attachment.identity,
                "CNI_ARGS": attachment.args}
        if attachment.capabilities:
            env["CAP_ARGS"] = json.dumps(attachment.capabilities)
        command.append(attachment.netns)
    answer = _run(command + (valid or []), env, b"", limit)
    _read_runtime(answer)
    return answer


def _read_runtime(answer: Answer) -> None:
    if answer.exit == 0:
        if answer.stdout.strip():
            answer.result = _parsed(answer.stdout, answer)
    elif answer.exit == 1:
        lines = [line for line in answer.stderr.splitlines() if line.startswith("{")]
        answer.error = _parsed(lines[-1], answer) if lines else {"msg": answer.stderr.strip()}
    elif not answer.faults:
        answer.faults.append(f"cnitool ended with status {answer.exit}: {answer.stderr.strip()}")


def direct(plugin: Path, env: dict[str, str], stdin: bytes | Path, limit: float,
           signal: str | None = None, stdout: str = "") -> Answer:
    """Calls the plugin itself; whatever happens, the protocol's frame must hold.

    With `stdout` (`&-` closes it) nobody takes what it writes.
    """
    if stdout:
        return _run(["sh", "-c", f'exec "$0" >{stdout}', str(plugin)], env, stdin, limit)
    answer = _run([str(plugin)], env, stdin, limit, signal)
    if answer.faults:
        return answer
    if answer.exit not in (0, 1):
        answer.faults.append(f"ended with status {answer.exit}: {answer.stderr.strip()[-400:]}")
    if answer.stdout.strip():
        answer.result = _parsed(answer.stdout, answer)
    if answer.exit == 1:
        answer.error, answer.result = answer.result, None
        if not isinstance(answer.error, dict) or not answer.error.get("msg") \
                or not isinstance(answer.error.get("code"), int):
            answer.faults.append("failed without an error object with code and msg on stdout")
    return answer


def _parsed(text: str, answer: Answer) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        answer.faults.append(f"stdout is not one JSON document ({error}): {text[:400]}")
        return None
