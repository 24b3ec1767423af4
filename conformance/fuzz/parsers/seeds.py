# SPDX-License-Identifier: Apache-2.0
"""What a parser is fed first: examples, cases, and packets that other programs made."""

import pathlib
import re
import struct

PROJECT = pathlib.Path(__file__).resolve().parents[3]

# The protocol's variables as the target `call` takes them, in the order of `Environment.Variable`.
COMMANDS = ("ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION")

# The keys of configurations and results, for libFuzzer to insert.
WORDS = [
    "cniVersion", "prevResult", "interfaces", "ips", "routes", "dns", "address", "gateway", "dst", "gw",
    "sandbox", "runtimeConfig", "args", "cni", "ports", "portRanges", "vlanTrunk", "minID", "maxID",
    "macspoofchk", "deviceID", "vlanQoS", "vlanProto", "min_tx_rate", "link_state", "trust", "ipam", "type",
    "dhcp", "mode", "OrigVfState", "HostIFName", "AdminMAC", "IgnoreUnknown=true", "MAC=", "cni.dev/valid-attachments", "nameserver ", "search ",
]


def documents() -> list[bytes]:
    """The configurations of the examples and the cases."""
    files = sorted(PROJECT.glob("conformance/cases/*/*/*.json")) + sorted(PROJECT.glob("examples/**/*.json"))
    files += sorted(PROJECT.glob("examples/**/*.conflist"))
    return [file.read_bytes() for file in files if file.name != "case.json"]


def calls() -> list[bytes]:
    """Each configuration in a call of each plugin."""
    made = []
    for number, document in enumerate(documents()):
        command = COMMANDS[number % len(COMMANDS)]
        variables = [command, "c0", "/run/netns/x", "net1", "IgnoreUnknown=1;MAC=02:00:00:00:00:01", "/opt/cni/bin",
                     ""]
        made.append(bytes([number % 3]) + b"".join(word.encode() + b"\0" for word in variables) + document)
    return made


def packets(kind: str) -> list[bytes]:
    """The packets that the unit tests hold, which other programs have made."""
    text = (PROJECT / "Tests/GuestAddressingTests/Goldens.swift").read_text()
    start = text.index(f"enum {kind}")
    body = text[start:text.find("\nenum ", start + 1)]
    made = []
    for value in re.split(r"static let \w+ *=", body)[2:]:
        # The fields of BOOTP that stay empty have a name there.
        words = re.findall(r'"([0-9a-f]+)"|(emptyFields)', value)
        made.append(bytes.fromhex("".join("00" * 202 if empty else word for word, empty in words)))
    return made


def attribute(kind: int, payload: bytes) -> bytes:
    """A netlink attribute (`struct nlattr`)."""
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind) + payload + bytes(-length % 4)


def message(kind: int, body: bytes) -> bytes:
    """A netlink message (`struct nlmsghdr`)."""
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body


def replies() -> list[bytes]:
    """A link with VFs, an address and a route (`linux/rtnetlink.h`)."""
    vf = attribute(1, attribute(1, struct.pack("=I", 3) + bytes(32)) + attribute(2, struct.pack("=III", 3, 100, 0)))
    link = struct.pack("=BBHiII", 0, 0, 1, 7, 0x1043, 0) + attribute(3, b"net1\0") + attribute(1, bytes(6))
    link += attribute(18, attribute(1, b"bridge\0") + attribute(2, attribute(7, b"\1"))) + attribute(22, vf)
    address = struct.pack("=BBBBI", 2, 24, 0x80, 0, 7) + attribute(2, bytes([10, 0, 0, 1]))
    route = struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 4, 0, 1, 0) + attribute(5, bytes([10, 0, 0, 254]))
    return [message(16, link), message(20, address), message(24, route)]


CACHE = b"""{"cniVersion": "0.3.1", "name": "n", "deviceID": "0000:3b:02.1", "VFID": 3, "mac": "02:00:00:00:00:01",
"OrigVfState": {"HostIFName": "eth7", "SpoofChk": false, "Trust": true, "AdminMAC": "00:00:00:00:00:00",
"EffectiveMAC": "02:00:00:00:00:02", "Vlan": 5, "VlanQoS": 3, "VlanProto": 34984, "MinTxRate": 1,
"MaxTxRate": 100, "LinkState": 2, "MTU": 1500}}"""


def connections() -> list[bytes]:
    """A connection (`linux/netfilter/nfnetlink_conntrack.h`)."""
    ends = attribute(0x8001, attribute(1, bytes([10, 0, 2, 2])) + attribute(2, bytes([10, 0, 0, 1])))
    body = bytes([2, 0, 0, 0]) + attribute(0x8001, ends) + attribute(0x8002, ends) + attribute(18, b"\0\1")
    return [message(0x100, body)]


RECORD = b"""sriov allocation 1
address=0000:3b:02.1
incarnation=1.2
boot=b
network=n
container=c
interface=net1
namespace=/run/netns/x
namespace.device=4
namespace.inode=4026532000
namespace.cookie=7
sets.mac=true
mac.locked=false
vf.index=1
vf.vlan=100
vf.vlan.priority=3
vf.vlan.protocol=33024
vf.rate.minimum=0
vf.rate.maximum=1000
vf.mac=02:00:00:00:00:01
vf.spoofcheck=true
vf.trust=false
vf.linkstate=0
host.name=eth7
host.up=true
host.mtu=1500
host.mac=02:00:00:00:00:02
host.altname=enp59s2
"""

TEXTS: dict[str, list[bytes]] = {
    "record": [RECORD],
    "cache": [CACHE],
    "label": [b"cnv-bridge net c0 net1", b"cnv-bridge gateway br1 100", b"sriov n c e gateway br1"],
    "arguments": [b"IgnoreUnknown=true;K8S_POD_NAME=vm;MAC=02:00:00:00:00:01", b"MAC=;=;a"],
    "note": [b"46 eth0/forwarding=0 default/accept_ra=-1"],
    "service": [b"4711 123456 c0 eth0\n"],
    "resolver": [b"nameserver 10.0.0.10\nnameserver fe80::1%eth0\nsearch a.b c.d\noptions ndots:5\n"],
    "solicitation": [bytes([133, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 1])],
    "comment": [bytes([0, 5]) + b"note\0", bytes([7, 3]) + b"ab\0"],
}


def of(target: str) -> list[bytes]:
    """The seeds of a target."""
    match target:
        case "json":
            return documents()
        case "call":
            return calls()
        case "result":
            return [document for document in documents() if b'"ips"' in document]
        case "dhcp4":
            return packets("DHCPv4Golden")
        case "dhcp6":
            return packets("DHCPv6Golden")
        case "link" | "addresses":
            return replies()
        case "connection":
            return connections()
        case "ruleset":
            return [bytes([number]) + bytes(64) for number in range(5)]
        case _:
            return TEXTS.get(target, [])
