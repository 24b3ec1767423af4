# SPDX-License-Identifier: Apache-2.0
"""What else there is on a node: rules that are no business of ours, and other ports."""

import json
from enum import Enum

from invocation import Call, succeed
from namespaces import Namespace
from networks import BRIDGE, L2, L2_FILTERED
from node import Node
from peers import Peer


class Filter(Enum):
    """How a node's ports are filtered."""

    OURS = "ours"
    GO = "go"
    NONE = "unfiltered"


def add_unrelated_rules(node: Node, count: int) -> None:
    """Adds rules as a service mesh or kube-proxy has them, to a table that sees no packet."""
    per_chain = 100
    lines = ["table ip unrelated {"]
    for chain in range(count // per_chain):
        lines.append(f"chain services{chain} {{")
        for rule in range(per_chain):
            lines.append(f'ip daddr 10.{chain}.0.{rule} tcp dport 443 accept comment "{rule}"')
        lines.append("}")
    lines.append("}")
    node.namespace.run("nft", "-f", "-", text="\n".join(lines))


def add_ports(node: Node, kind: Filter, numbers: range, maker: Peer) -> None:
    """Adds ports whose filters are in force, all to one container of their own.

    Ours are made by the plugin itself. The Go plugin would take minutes for its own: its rules are
    loaded at once, for ports that are otherwise the same.
    """
    container = node.make_container()
    network = L2_FILTERED if kind is Filter.OURS else L2
    ports = []
    with node.namespace.entered():
        for number in numbers:
            call = Call(
                "ADD",
                network.configuration(),
                container=f"other{number}",
                sandbox=container.path,
                interface=f"net{number}",
                mac=other_mac(number),
            )
            ports.append(_host_end(succeed(maker, call).output))
    if kind is Filter.GO:
        add_go_rules(node.namespace, list(zip(ports, map(other_mac, numbers))))


def other_mac(number: int) -> str:
    return f"02:00:00:01:{number >> 8:02x}:{number & 255:02x}"


def _host_end(result: bytes) -> str:
    interfaces = json.loads(result)["interfaces"]
    names = [one["name"] for one in interfaces if not one.get("sandbox")]
    return next(name for name in names if name != BRIDGE)


def add_go_rules(namespace: Namespace, ports: list[tuple[str, str]]) -> None:
    """Loads what the Go plugin makes for (port, MAC) pairs: pkg/link/spoofcheck.go of 1.9.1."""
    lines = [
        "table bridge nat {",
        "chain PREROUTING { type filter hook prerouting priority -300; policy accept; }",
        "}",
    ]
    for port, mac in ports:
        chain = f"cni-br-iface-{port}-net1"
        comment = f'comment "macspoofchk-{port}-net1"'
        lines += [
            f"add chain bridge nat {chain}",
            f"add chain bridge nat {chain}-mac",
            f"add rule bridge nat {chain}-mac ether saddr {mac} return {comment}",
            f"add rule bridge nat {chain}-mac drop {comment}",
            f"add rule bridge nat {chain} jump {chain}-mac {comment}",
            f'add rule bridge nat PREROUTING iifname "{port}" jump {chain} {comment}',
        ]
    namespace.run("nft", "-f", "-", text="\n".join(lines) + "\n")
