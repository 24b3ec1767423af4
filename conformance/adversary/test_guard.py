# SPDX-License-Identifier: Apache-2.0
"""At no moment of ADD or DEL does a port of the bridge pass frames without its spoof filter."""

import json
import subprocess
import time
from itertools import count
from multiprocessing.pool import ThreadPool

import pytest

from plugin import Point
from world import World, batch

# Of all changes, those of links and rules are what an onlooker can see.
_REQUESTS = ("sendto", "sendmsg")


@pytest.mark.parametrize("scene", ["plain"], indirect=True)
@pytest.mark.parametrize("spanning_tree", [0, 1])
@pytest.mark.parametrize("command", ["ADD", "DEL"])
def test_guarded(scene, command, spanning_tree, findings):
    moments = [Point(call, number) for call in _REQUESTS
               for number in killed_at(scene, command, spanning_tree, call, findings)]
    assert len(moments) > 5, f"only {moments} were seen"
    findings.verdict(moments)


def test_a_port_made_during_GC_keeps_its_filter(plugin):
    bridge = plugin("cnv-bridge", {"cniVersion": "1.1.0", "name": "net", "type": "cnv-bridge",
                                   "bridge": "br0", "macspoofchk": True})
    world = World([])
    try:
        with ThreadPool(1) as pool:
            # After the links, before the rules.
            pause = ("-e", "inject=sendto:delay_enter=800000:when=1")
            collection = pool.apply_async(bridge.call, ("GC",), {
                "strace": pause, "cni.dev/valid-attachments": []})
            time.sleep(0.4)
            assert bridge.call("ADD").status == 0
            assert collection.get().status == 0
        assert [is_filtered(port["ifname"]) for port in ports()] == [True]
    finally:
        world.close()


def killed_at(scene, command, spanning_tree, call, findings):
    """Kills the command at each such call in turn, and checks the resulting state."""
    for number in count(1):
        world = World(scene.recipe.given)
        try:
            batch([f"link add br0 type bridge stp_state {spanning_tree}", "link set br0 up"])
            if command == "DEL":
                scene.succeed("ADD")
                assert [port for port in ports() if not is_silent(port)], "no port can be unguarded"
            if not scene.plugin.killed(command, Point(call, number)):
                return
            yield number
            faults = [f"unguarded: {port['ifname']} {port['state']}" for port in ports()
                      if not is_silent(port) and not is_filtered(port["ifname"])]
            findings.add(Point(call, number), faults, f"{command} killed")
        finally:
            world.close()


def ports():
    return json.loads(told("bridge", "-j", "link", "show") or "[]")


def is_silent(port):
    """A spanning tree lets a port listen before it forwards; without carrier it has not begun yet."""
    return "UP" not in port["flags"] or (port["state"] == "disabled" and "LOWER_UP" in port["flags"])


def is_filtered(name):
    return f'hook ingress device "{name}"' in told("nft", "list", "ruleset")


def told(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
