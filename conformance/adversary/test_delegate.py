# SPDX-License-Identifier: Apache-2.0
"""Events while cnv-bridge waits for its IPAM plugin, which these tests provide."""

import json
import os
import select
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from world import World

_FOLDER = Path("/tmp/bin")
_ANSWER = '{"cniVersion": "1.1.0", "ips": [{"address": "10.1.2.3/24"}]}'


@pytest.fixture
def attachment(plugin):
    """Creates a node and the plugin, with the actions of its IPAM plugin before it replies."""
    world = World([])

    def make(command, action):
        _FOLDER.mkdir()
        script = _FOLDER / "ipam"
        script.write_text(f"#!/bin/sh\ncat > /dev/null\nif [ $CNI_COMMAND = {command} ]; then\n{action}\nfi\n"
                          f"[ $CNI_COMMAND != ADD ] || echo '{_ANSWER}'\n")
        script.chmod(0o755)
        bridge = plugin("cnv-bridge", {"cniVersion": "1.1.0", "name": "net", "type": "cnv-bridge",
                                       "bridge": "br0", "ipam": {"type": "ipam"}})
        return replace(bridge, cni_path=str(_FOLDER))
    yield make
    world.close()


@pytest.mark.parametrize("signal", ["TERM", "INT", "HUP"])
@pytest.mark.parametrize("command", ["ADD", "DEL", "GC"])
def test_a_request_to_end_does_not_stop_halfway(attachment, command, signal):
    bridge = attachment(command, f"kill -{signal} $PPID")
    if command == "DEL":
        assert bridge.call("ADD").status == 0

    answer = bridge.call(command, **{"cni.dev/valid-attachments": []})

    assert (answer.status, answer.faults) == (0, []), answer
    assert len(ports()) == (1 if command == "ADD" else 0)


_PORT = "port=$(ip -o link show master br0 | sed 's/.*: \\(veth[0-9a-f]*\\)@.*/\\1/')"
_DOWN = f"{_PORT}; ip link set $port down"


def test_add_waits_until_the_port_is_up(attachment):
    bridge = attachment("ADD", f"{_DOWN}; (sleep 0.7; ip link set $port up) <&- >&- 2>&- &")

    answer = bridge.call("ADD")

    assert [port["operstate"] for port in ports()] == ["UP"]
    assert (answer.status, answer.faults) == (0, []), answer


def test_a_port_that_stays_down_fails_add(attachment):
    bridge = attachment("ADD", _DOWN)

    answer = bridge.call("ADD")

    assert answer.status == 1 and "does not come up" in answer.output
    assert ports() == []


def test_a_port_that_somebody_took_off_its_bridge_fails_add(attachment):
    bridge = attachment("ADD", f"{_PORT}; ip link set $port nomaster")

    answer = bridge.call("ADD")

    assert answer.status == 1 and "is not a port of bridge 'br0'" in answer.output, answer
    assert veths() == []


def test_an_add_that_is_overtaken_takes_nothing_from_the_one_after_it(attachment):
    again = "[ ! -e /tmp/again ] || exit 0; touch /tmp/again"
    bridge = attachment("ADD", "")
    calls = [f"CNI_COMMAND={command} {bridge.path} < /tmp/conf > /dev/null" for command in ("DEL", "ADD")]
    script = _FOLDER / "ipam"
    script.write_text("\n".join(["#!/bin/sh", "cat > /tmp/conf.$$",
                                 f"[ $CNI_COMMAND != ADD ] || echo '{_ANSWER}'", "[ $CNI_COMMAND = ADD ] || exit 0",
                                 again, "mv /tmp/conf.$$ /tmp/conf", *calls]))
    bridge.configuration["macspoofchk"] = True

    answer = bridge.call("ADD")

    assert answer.status == 1, answer
    assert len(ports()) == 1
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, check=True, text=True).stdout
    assert f'device "{ports()[0]["ifname"]}"' in rules


def veths():
    return [name for name in os.listdir("/sys/class/net") if name.startswith("veth")]


def test_an_address_is_given_back_when_nothing_can_use_it(attachment):
    bridge = attachment("DEL", 'test -z "$(ip link show master br0)" || exit 1')
    assert bridge.call("ADD").status == 0 and len(ports()) == 1

    answer = bridge.call("DEL")

    assert (answer.status, answer.faults) == (0, []), answer


def test_a_failing_add_takes_no_route_from_the_node(attachment):
    """With an address that is forced away the kernel removes the node's routes by it, and tells of it
    only when they are given back."""
    for words in ("link add br0 type bridge", "link set br0 up", "address add 10.9.0.1/16 dev br0",
                  "route add default via 10.9.0.254"):
        ip(words)
    lease = {**json.loads(_ANSWER), "routes": [{"dst": "192.0.2.0/24", "gw": "203.0.113.1"}]}
    bridge = attachment("ADD", f"echo '{json.dumps(lease)}'; exit 0")
    with subprocess.Popen(["ip", "monitor", "route"], stdout=subprocess.PIPE, text=True) as monitor:
        while not select.select([monitor.stdout], [], [], 0.1)[0]:
            ip("route replace unreachable 198.51.100.0/24")
        answer = bridge.call("ADD", isGateway=True, forceAddress=True)
        ip("route delete unreachable 198.51.100.0/24")
        said = "".join(iter(monitor.stdout.readline, "Deleted unreachable 198.51.100.0/24 \n"))
        monitor.terminate()

    assert answer.status == 1 and "192.0.2.0/24" in answer.output, answer
    assert "default" not in said


def ip(words):
    subprocess.run(["ip", *words.split()], check=True)


def ports():
    return [link for link in json.loads(subprocess.run(
        ["ip", "-j", "link", "show"], capture_output=True, check=True).stdout)
        if link.get("master") == "br0"]
