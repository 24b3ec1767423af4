# SPDX-License-Identifier: Apache-2.0
"""The richest configurations of the plugins, and the expected state after them."""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from plugin import Answer, Plugin, Point
from world import State, World, settled

_IPAM = {
    "type": "host-local",
    "ranges": [[{"subnet": "10.89.0.0/16", "rangeStart": "10.89.0.5", "rangeEnd": "10.89.0.5"}],
               [{"subnet": "fd89::/64", "rangeStart": "fd89::5", "rangeEnd": "fd89::5"}]],
    "routes": [{"dst": "0.0.0.0/0"}, {"dst": "2001:db8::/32"}],
}
_POD_LINK = [
    "link add eth0 type veth peer name uplink", "link set eth0 up", "link set uplink up",
    "address add 10.244.0.37/24 dev eth0", "address add fd00:244::37/64 dev eth0 nodad",
    "route add default via 10.244.0.10", "route add default via fd00:244::10",
]


@dataclass(frozen=True)
class Recipe:
    """A plugin, its configuration, and the initial state of the pod."""

    plugin: str
    configuration: dict[str, Any]
    given: list[str] = field(default_factory=list)
    needs: str = ""
    # Whether it is tested at more points than the others.
    is_rich: bool = False


RECIPES = {
    "L3": Recipe("cnv-bridge", {"bridge": "br0", "isGateway": True, "ipMasq": True,
                                "macspoofchk": True, "ipam": _IPAM}, is_rich=True),
    "L2": Recipe("cnv-bridge", {"bridge": "br0", "macspoofchk": True, "vlan": 100,
                                "vlanTrunk": [{"minID": 200, "maxID": 210}]},
                 needs="vlan_filtering"),
    "plain": Recipe("cnv-bridge", {"bridge": "br0", "macspoofchk": True, "mtu": 1400,
                                   "portIsolation": True}),
    "masquerade": Recipe(
        "masquerade",
        {"ports": [{"name": "http", "port": 80}, {"protocol": "UDP", "port": 5353}],
         "portRanges": [{"protocol": "TCP", "start": 8000, "end": 8100}],
         "owner": 107, "group": 107, "dhcp": {"mode": "spawn"}}, _POD_LINK, is_rich=True),
}


class Scene:
    """A recipe on this kernel, with the states that undisturbed commands lead to."""

    def __init__(self, name: str, make: Callable[[str, dict[str, Any]], Plugin],
                 **instead: Any) -> None:
        self.name, self.recipe = name, RECIPES[name]
        configuration = {"cniVersion": "1.1.0", "name": "net", "type": self.recipe.plugin}
        self.plugin = make(self.recipe.plugin, {**configuration, **self.recipe.configuration,
                                                 **instead})

    def world(self, *, attached: bool = False) -> World:
        """Returns a new node, with the attachment on it if wanted."""
        _ = self.states
        world = World(self.recipe.given)
        try:
            if attached:
                self.succeed("ADD")
        except BaseException:
            world.close()
            raise
        return world

    def points(self, command: str) -> list[Point]:
        """Returns the system calls of an undisturbed command; one that had to wait makes more of them."""
        runs = []
        for _ in range(2):
            world = self.world(attached=command != "ADD")
            try:
                runs.append(self.plugin.points(command, **self.extra(command)))
            finally:
                world.close()
        return min(runs, key=len)

    def succeed(self, command: str) -> Answer:
        answer = self.plugin.call(command)
        assert answer.status == 0 and not answer.faults, f"{command}: {answer} {answer.errors}"
        if command == "ADD":
            self.result = json.loads(answer.output)
        return answer

    def extra(self, command: str) -> dict[str, Any]:
        """The runtime's additions to the configuration; for GC no attachment is valid."""
        return {"CHECK": {"prevResult": getattr(self, "result", {})},
                "GC": {"cni.dev/valid-attachments": []}}.get(command, {})

    @functools.cached_property
    def states(self) -> tuple[State, State, State]:
        """The states before ADD, after it, and after DEL."""
        world = World(self.recipe.given)
        try:
            before = self._rest(world)
            self.succeed("ADD")
            added = self._rest(world)
            self.succeed("DEL")
            return before, added, self._rest(world)
        finally:
            world.close()

    @staticmethod
    def _rest(world: World) -> State:
        """Waits until the kernel's own work, such as adding link-local addresses, is done."""
        time.sleep(2.5)
        return world.state()

    def left_over(self, world: World, *, may_keep: bool = True) -> list[str]:
        """Returns what should not be there, and what is missing, when nothing is attached.

        The bridge that ADD has made may stay, but only as a whole ADD makes it.
        """
        clean, _, after = self.states
        if not world.pods:
            clean, after = (frozenset(line for line in state if not line.startswith("pod: "))
                            for state in (clean, after))
        allowed = clean | (after if may_keep else frozenset(filter(_is_shared, after)))
        required = clean & after
        state = settled(world.state, lambda now: required <= now <= allowed)
        return self.unexpected(required, allowed, state)

    def unlike_added(self, world: World) -> list[str]:
        """Returns how the state differs from that after an undisturbed ADD."""
        wanted = self.states[1]
        return self.unexpected(wanted, wanted, settled(world.state, wanted.__eq__))

    @staticmethod
    def unexpected(required: State, allowed: State, state: State) -> list[str]:
        """Returns the surplus and the missing lines of a state."""
        return sorted(line for line in [*(f"left: {line}" for line in state - allowed),
                                        *(f"gone: {line}" for line in required - state)]
                      if not _FOLLOWS.search(line))


# A bridge's MTU follows its ports, its forwarding the node's switch at the time it was made.
_FOLLOWS = re.compile(r"host: (link br0 mtu|setting net/ipv6/conf/br0/mtu|"
                      r"setting net/ipv[46]/conf/br0/forwarding) ")


def _is_shared(line: str) -> bool:
    """Whether a line is about the node's switches, or rules that do nothing: these serve others."""
    return bool(re.match(r"host: setting (?!.*/(conf|neigh)/(?!all/|default/|lo/))", line)
                or re.match(r"host: rule table \S+ \S+( / chain \S+)?(: (comment|type (?!.*device)).*)?$",
                            line))
