# SPDX-License-Identifier: Apache-2.0
"""Determines once what this kernel and machine support, by trying it in a sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from .case import CaseError
from .plugins import Repository

# Feature, its name in reasons, and commands that only work with it.
_KERNEL: dict[str, tuple[str, list[str]]] = {
    "bridge": ("BRIDGE", ["ip link add b0 type bridge"]),
    "veth": ("VETH", ["ip link add v0 type veth peer name v1"]),
    "dummy": ("DUMMY", ["ip link add d0 type dummy"]),
    "8021q": ("VLAN_8021Q", ["ip link add l0 type bridge",
                             "ip link add link l0 name l1 type vlan id 5"]),
    "vlan_filtering": ("BRIDGE_VLAN_FILTERING", ["ip link add b1 type bridge vlan_filtering 1"]),
    "ipv6": ("IPv6", ["ip address add 2001:db8::1/128 dev lo"]),
    "netdev_ingress": ("NFT_NETDEV ingress", [
        "ip link add n0 type veth peer name n1", "nft add table netdev t",
        "nft add chain netdev t c { type filter hook ingress device n0 priority 0 ; }"]),
    "bridge_family": ("NF_TABLES_BRIDGE", [
        "nft add table bridge t",
        "nft add chain bridge t c { type filter hook prerouting priority 0 ; }"]),
    "nft_nat": ("NFT_MASQ", [
        "nft add table inet t", "nft add chain inet t c { type nat hook postrouting priority 0 ; }",
        "nft add rule inet t c masquerade"]),
    "nlmon": ("NLMON", ["ip link add nlmon0 type nlmon"]),
    "tun": ("TUN", ["ip tuntap add dev t0 mode tap"]),
}


def kernel() -> dict[str, str]:
    """Returns the features that are missing, each with its reason; runs inside a sandbox."""
    missing = {}
    for feature, (name, commands) in _KERNEL.items():
        if not all(_works(command.split()) for command in commands):
            missing[feature] = f"kernel lacks {name}"
    if not any(int(path.read_text()) for path in Path("/sys").glob(
            "bus/pci/devices/*/sriov_totalvfs")):
        missing["sriov"] = "machine lacks a NIC with SR-IOV"
    return missing


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def lacking(repository: Repository, missing: dict[str, str]) -> Callable[[str], str | None]:
    """Returns a function that says why a need is not met here, or None."""

    def reason(need: str) -> str | None:
        if need in missing:
            return missing[need]
        kind, _, name = need.partition(":")
        if kind == "no":
            return None
        if kind == "plugin":
            found = repository.find(name)
            return None if found else f"{repository.plugins} lacks {name}"
        if kind == "peer":
            found = (repository.peers / name / "bridge").is_file()
            return None if found else f"no Go plugins {name} (conformance/setup go-plugins)"
        if kind == "tool":
            return None if shutil.which(name) else f"machine lacks {name}"
        if kind == "root":
            return None if os.geteuid() == 0 else "not root"
        if need in _KERNEL or need == "sriov":
            return None
        raise CaseError(f"nobody knows the need '{need}'")

    return reason


def concerns(needs: list[str], missing: dict[str, str]) -> bool:
    """Says whether a case is about this kernel: 'no:feature' shows what happens on a poorer one."""
    return all(need.partition(":")[2] in missing for need in needs if need.startswith("no:"))
