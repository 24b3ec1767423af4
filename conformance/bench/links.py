# SPDX-License-Identifier: Apache-2.0
"""Two containers on a node, between which packets are sent."""

import background
import proof
from background import Filter
from invocation import Call
from namespaces import Namespace
from networks import L2, L2_FILTERED
from node import Node
from peers import Pair
from traffic import Packets, Stream

_ADDRESSES = ("10.0.0.1", "10.0.0.2")
_MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
# 18 bytes of UDP payload make the smallest Ethernet frame: 64 bytes with its checksum.
_SMALLEST_PAYLOAD = 18


class Link:
    """A pair of ports in the middle of all ports of a node."""

    def __init__(self, pair: Pair, kind: Filter, ports: int, receiving_cpu: int) -> None:
        self.kind = kind
        self._node = Node(pair.go if kind is Filter.GO else pair.ours)
        half = (ports - 2) // 2
        # A list of rules is as slow as a port's place in it: take the middle, not an end.
        background.add_ports(self._node, kind, range(half), pair.ours)
        ends = [self._attach(number) for number in range(2)]
        background.add_ports(self._node, kind, range(half, 2 * half), pair.ours)
        sender, receiver = ends
        self._packets = Packets(sender, receiver, _ADDRESSES[1], _SMALLEST_PAYLOAD)
        self._stream = Stream(sender, receiver, _ADDRESSES[1], receiving_cpu)
        if kind is not Filter.NONE:
            proof.show_filtering(sender, receiver, _MACS)

    def delete(self) -> None:
        self._node.delete()

    def packets_per_second(self) -> float:
        return self._packets.rate(seconds=0.2)

    def bytes_per_second(self) -> float:
        return self._stream.rate(seconds=0.2)

    def _attach(self, number: int) -> Namespace:
        container = self._node.make_container()
        network = L2 if self.kind is Filter.NONE else L2_FILTERED
        self._node.serve(Call(
            "ADD",
            network.configuration(),
            container=self._node.next_container(),
            sandbox=container.path,
            mac=_MACS[number],
        ))
        other = 1 - number
        container.run("ip", "address", "add", f"{_ADDRESSES[number]}/24", "dev", "net1")
        container.run(
            "ip", "neighbour", "replace", _ADDRESSES[other], "lladdr", _MACS[other], "dev", "net1"
        )
        return container
