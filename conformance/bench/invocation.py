# SPDX-License-Identifier: Apache-2.0
"""One call of a plugin, as a container runtime makes it, and what it took."""

import json
import os
import time
from dataclasses import dataclass

from peers import Peer
from priority import undisturbed


@dataclass(frozen=True)
class Call:
    """What a runtime tells a plugin."""

    command: str
    configuration: dict
    container: str = ""
    sandbox: str = ""
    interface: str = "net1"
    mac: str = "02:00:00:00:00:01"

    def environment(self, peer: Peer) -> dict[str, str]:
        arguments = "IgnoreUnknown=true;K8S_POD_NAMESPACE=default;K8S_POD_NAME=vm"
        return {
            "CNI_COMMAND": self.command,
            "CNI_CONTAINERID": self.container,
            "CNI_NETNS": self.sandbox,
            "CNI_IFNAME": self.interface,
            "CNI_ARGS": f"{arguments};MAC={self.mac}",
            "CNI_PATH": str(peer.delegates),
            "PATH": os.environ["PATH"],
        }


@dataclass(frozen=True)
class Run:
    """One process: how long it lived and what it answered."""

    nanoseconds: int
    status: int
    output: bytes


class Failed(Exception):
    """A plugin did not do what is to be measured."""


def run(peer: Peer, call: Call, through: tuple[str, ...] = ()) -> Run:
    """Runs the plugin in the current namespace; the time is from its start to its end.

    Its input waits in a pipe. `through` is a command that runs the plugin, such as strace.
    """
    arguments = [*through, str(peer.program)]
    environment = call.environment(peer)
    (input_end, feed), (drain, output_end) = os.pipe(), os.pipe()
    silence = os.open(os.devnull, os.O_WRONLY)
    os.write(feed, json.dumps(call.configuration).encode())
    os.close(feed)
    places = [(os.POSIX_SPAWN_DUP2, end, to) for end, to in
              ((input_end, 0), (output_end, 1), (silence, 2))]

    with undisturbed():
        start = time.monotonic_ns()
        process = os.posix_spawnp(arguments[0], arguments, environment, file_actions=places)
        status = os.waitpid(process, 0)[1]
        nanoseconds = time.monotonic_ns() - start

    for end in (input_end, output_end, silence):
        os.close(end)
    with open(drain, "rb") as answer:
        return Run(nanoseconds, os.waitstatus_to_exitcode(status), answer.read())


def succeed(peer: Peer, call: Call, through: tuple[str, ...] = ()) -> Run:
    """Runs the plugin, which must succeed."""
    done = run(peer, call, through)
    if done.status != 0:
        answer = done.output.decode(errors="replace")
        raise Failed(f"{peer.name}: {call.command} ended with status {done.status}: {answer}")
    return done
