# SPDX-License-Identifier: Apache-2.0
"""The calls that plugins get: each is made from the run's seed and its number alone."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

import seeds
from mutate import damage, document

PLUGINS = ("cnv-bridge", "masquerade", "sriov")

# The container's identifier, interface and namespace where nothing is wrong with them.
CONTAINER, INTERFACE, SANDBOX = "pod", "net1", "/run/netns/pod"

# Stands for the VF of a configuration.
VF = "0000:3b:02.1"

_IPAM = {"type": "answer", "routes": [{"dst": "0.0.0.0/0"}]}
_BASE: dict[str, list[dict[str, Any]]] = {
    "cnv-bridge": [
        {"bridge": "br0", "isDefaultGateway": True, "ipMasq": True, "macspoofchk": True, "ipam": _IPAM},
        {"bridge": "br0", "macspoofchk": True, "portIsolation": True, "mtu": 1400, "addrGenMode": "none"},
        {"bridge": "br0", "vlan": 100, "vlanTrunk": [{"minID": 200, "maxID": 210}, {"id": 300}], "ipam": _IPAM},
    ],
    "masquerade": [
        {"ports": [{"name": "http", "port": 80}, {"protocol": "UDP", "port": 53}], "owner": 107, "group": 107},
        {"portRanges": [{"protocol": "TCP", "start": 8000, "end": 8100}], "reservedPorts": [22], "localhost": False,
         "podInterface": "eth0", "dhcp": {"mode": "spawn", "leaseTime": 3600,
                                          "privateOptions": [{"option": 240, "value": "x"}]}},
        {"istio": "ambient", "vmNetworkCIDR": "10.0.5.0/24", "vmIPv6NetworkCIDR": "fd10:0:5::/120"},
    ],
    "sriov": [
        {"deviceID": VF, "vlan": 100, "vlanQoS": 3, "spoofchk": "off", "trust": "on", "ipam": _IPAM},
        {"deviceID": VF, "vlan": 100, "vlanProto": "802.1Q", "mac": "02:00:00:00:00:02", "ipam": _IPAM},
        {"pf": ["eth0", "0000:3b:00.0"], "mac": "02:00:00:00:00:01", "spoofchk": "on", "trust": "off",
         "vlan": 100, "vlanProto": "802.1ad", "link_state": "auto", "min_tx_rate": 1, "max_tx_rate": 100,
         "logLevel": "debug", "logFile": "/var/log/x"},
    ],
}
_RESULT = {
    "cniVersion": "1.1.0",
    "ips": [{"address": "10.89.0.5/16", "gateway": "10.89.0.1"}, {"address": "fd89::5/64"}],
    "routes": [{"dst": "0.0.0.0/0"}, {"dst": "10.9.0.0/16", "gw": "10.89.0.1", "mtu": 1400, "priority": 7}],
    "dns": {"nameservers": ["10.96.0.10"], "domain": "a.b", "search": ["a.b"]},
}
_OLD_RESULT = {"cniVersion": "0.2.0", "ip4": {"ip": "10.89.0.5/16", "routes": [{"dst": "0.0.0.0/0"}]}}
_ERROR = {"cniVersion": "1.1.0", "code": 11, "msg": "no more addresses", "details": "x"}
_COMMANDS = ("ADD",) * 8 + ("DEL", "CHECK", "GC", "STATUS", "VERSION", "add", "", "\x01")


@dataclass(frozen=True)
class Call:
    """What a plugin is started with, and what its IPAM plugin answers."""

    plugin: str
    number: int
    stdin: bytes
    environment: dict[bytes, bytes]
    answer: bytes

    @property
    def command(self) -> str:
        return self.environment.get(b"CNI_COMMAND", b"").decode(errors="replace")


def make(seed: int, number: int) -> Call:
    """Returns a call; every plugin has its turn."""
    plugin = PLUGINS[number % len(PLUGINS)]
    chance = random.Random(f"{seed} {number}")
    return Call(plugin, number, document(_configuration(plugin, chance), chance), _environment(chance),
                _answer(chance))


def _configuration(plugin: str, chance: random.Random) -> Any:
    if chance.random() < 0.25:
        return json.loads(chance.choice(_documents()))
    version = chance.choice(("1.1.0", "1.1.0", "1.0.0", "0.4.0", "0.3.1", "0.2.0"))
    made = {"cniVersion": version, "name": "net", "type": plugin, **chance.choice(_BASE[plugin])}
    if chance.random() < 0.2:
        made["prevResult"] = {"interfaces": [{"name": "eth0", "sandbox": SANDBOX}], **_RESULT}
    if chance.random() < 0.1:
        made["cni.dev/valid-attachments"] = [{"containerID": CONTAINER, "ifname": INTERFACE}]
    if chance.random() < 0.1:
        made["args"] = {"cni": {"mac": "02:00:00:00:00:07"}}
    return made


_found: list[bytes] = []


def _documents() -> list[bytes]:
    if not _found:
        for text in seeds.documents():
            try:
                json.loads(text)
            except ValueError:
                continue
            _found.append(text)
    return _found


def _environment(chance: random.Random) -> dict[bytes, bytes]:
    made = {
        b"CNI_COMMAND": chance.choice(_COMMANDS).encode(), b"CNI_CONTAINERID": CONTAINER.encode(),
        b"CNI_NETNS": SANDBOX.encode(), b"CNI_IFNAME": INTERFACE.encode(), b"CNI_PATH": b"/run/ipam",
        b"CNI_ARGS": chance.choice((b"", b"", b"IgnoreUnknown=1;K8S_POD_NAME=vm;MAC=02:00:00:00:00:01")),
        b"PATH": b"/usr/sbin:/usr/bin:/sbin:/bin",
    }
    for _ in range(chance.choice((0, 0, 0, 0, 0, 0, 1, 2))):
        name = chance.choice((b"CNI_CONTAINERID", b"CNI_NETNS", b"CNI_IFNAME", b"CNI_PATH", b"CNI_ARGS"))
        match chance.randrange(4):
            case 0:
                made.pop(name, None)
            case 1:
                # Neither C nor the kernel has a NUL in a variable.
                made[name] = damage(made.get(name, b""), chance).replace(b"\0", b"?")
            case 2:
                made[name] = chance.choice((b"", b"/", b"..", b"x" * 5000, b"\xff\xfe", b"a" * 64, b"/proc/1/ns/net",
                                            b"/dev/null", b"/run", b"all", b"lo", b"eth%d"))
            case _:
                made[name] = made.get(name, b"") * 2
    return made


def _answer(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.4:
        return json.dumps(_RESULT).encode()
    if kind < 0.5:
        return document(_OLD_RESULT, chance)
    if kind < 0.6:
        return document(_ERROR, chance)
    return document(_RESULT, chance)
