# SPDX-License-Identifier: Apache-2.0
"""A node: a namespace with a bridge, which one peer attaches containers to."""

import hashlib
import itertools

from invocation import Call, Run, succeed
from namespaces import Namespace
from networks import BRIDGE, Network
from peers import Peer

_numbers = itertools.count(1)


class Node:
    """A node of one peer's, with one container."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        number = next(_numbers)
        self.namespace = Namespace(f"node{number}")
        self._containers: list[Namespace] = []
        self._attachments = itertools.count(1)
        self.container = self.make_container()
        # An administrator made the bridge (nmstate), as is usual on nodes for VMs.
        self.namespace.run("ip", "link", "add", BRIDGE, "type", "bridge")
        self.namespace.run("ip", "link", "set", BRIDGE, "address", "02:00:00:00:ff:01", "up")

    def make_container(self) -> Namespace:
        """Makes a container's namespace, which is deleted with the node."""
        name = f"{self.namespace.name}-container{len(self._containers)}"
        self._containers.append(Namespace(name))
        return self._containers[-1]

    def delete(self) -> None:
        for namespace in [*self._containers, self.namespace]:
            namespace.delete()

    def next_container(self) -> str:
        """Returns an ID as container runtimes make them."""
        text = f"{self.namespace.name}/{next(self._attachments)}"
        return hashlib.sha256(text.encode()).hexdigest()

    def call(self, command: str, network: Network, container: str) -> Call:
        sandbox = self.container.path
        return Call(command, network.configuration(), container, sandbox)

    def serve(self, call: Call, through: tuple[str, ...] = ()) -> Run:
        """Runs the node's plugin on the node."""
        with self.namespace.entered():
            return succeed(self.peer, call, through)

    def add_and_delete(self, network: Network) -> tuple[int, int]:
        """Returns the nanoseconds that ADD and DEL of one attachment took."""
        container = self.next_container()
        added = self.serve(self.call("ADD", network, container))
        deleted = self.serve(self.call("DEL", network, container))
        return added.nanoseconds, deleted.nanoseconds
