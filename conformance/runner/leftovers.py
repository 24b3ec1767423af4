# SPDX-License-Identifier: Apache-2.0
"""The state of all namespaces as lines, to compare it after DEL with that before ADD."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from . import observe
from .namespaces import Namespace

# host-local keeps its lock and the last address it gave out; neither belongs to an attachment.
_IPAM_BOOKKEEPING = re.compile(r"/(last_reserved_ip\.\d+|lock)$|\.lock$")
_INERT = re.compile(r"^\S+ \S+( \S+)?: (comment |type \w+ hook (?!.* device ))")


def snapshot(places: list[Namespace], with_vlans: bool) -> list[str]:
    """Returns one line per link, address, route, rule, VLAN, state file and process."""
    lines = [line for place in places for line in _namespace(place, with_vlans)]
    for root, _, names in os.walk("/var/lib"):
        lines += [_file(Path(root) / name) for name in names
                  if not _IPAM_BOOKKEEPING.search(f"/{name}")]
    for root, folders, names in os.walk("/run"):
        if root == "/run":
            folders[:] = [name for name in folders if name not in ("netns", "conformance")]
        lines += [_file(Path(root) / name) for name in names]
    return sorted(lines + _processes())


def _namespace(place: Namespace, with_vlans: bool) -> list[str]:
    seen = observe.links_in_short(place)
    lines = [_link(link) for link in seen.values()]
    for name, known in observe.addresses(seen).items():
        lines += [f"address {name} {address.split()[0]}" for address in known]
    for route in observe.routes(place):
        lines.append("route " + " ".join(
            f"{key} {route[key]}" for key in ("dst", "gateway", "dev", "metric", "table")
            if key in route))
    lines += [f"rule {rule}" for rule in observe.rules(place)]
    if with_vlans and place.name == "host":
        lines += [f"vlan {port} {vlan}" for port, known in observe.vlans(place).items()
                  for vlan in known]
    return [f"{place.name}: {line}" for line in lines]


def _link(link: dict[str, Any]) -> str:
    info = link.get("linkinfo", {})
    kind = info.get("info_kind", "-")
    flags = [flag for flag in ("UP", "PROMISC") if flag in link["flags"]]
    words = ["link", link["ifname"], kind, *flags,
             f"master {link.get('master', '-')}", f"alias {link.get('ifalias', '-')}"]
    if kind == "bridge":  # its MTU and, unless pinned, its MAC follow those of its ports
        words.append(f"vlan_filtering {info['info_data'].get('vlan_filtering')}")
    else:
        words += [f"mtu {link['mtu']}", link.get("address", "-")]
    slave = info.get("info_slave_data", {})
    words += [key for key in ("hairpin", "isolated", "locked") if slave.get(key)]
    return " ".join(words)


def _file(path: Path) -> str:
    try:
        return f"file {path} {path.read_bytes()[:200]!r}"
    except OSError:
        return f"file {path}"


def _processes() -> list[str]:
    """A sandbox has its own PID namespace: any other process in it is a leftover."""
    lines = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            parent = re.search(r"\) (\S) (\d+)", (folder / "stat").read_text())
        except OSError:
            continue
        if folder.name != str(os.getpid()) and parent and parent[1] != "Z":
            lines.append(f"process {command}")
    return lines


def differences(before: list[str], after: list[str], created: str | None) -> list[str]:
    """Returns what is gone and what is new; `created` is the bridge that may stay when it was made.

    A bridge that ADD made stays for the next attachment, with its address: that is what the bridge
    plugins do. Tables and base chains without a rule stay too; a chain bound to a device does not.
    """
    before, after = _without_vlans_of_strangers(before, after), _without_vlans_of_strangers(after, before)
    gone = [f"gone: {line}" for line in before if line not in after]
    new = [line for line in after if line not in before]
    if created:
        own = re.compile(rf"^host: (link {re.escape(created)} bridge|address {re.escape(created)} "
                         rf"|route .*\bdev {re.escape(created)}\b|vlan {re.escape(created)} )")
        was_there = any(line.startswith(f"host: link {created} ") for line in before)
        if not was_there:
            new = [line for line in new if not own.match(line)]
    return gone + [f"left: {line}" for line in new if not _is_inert(line, after)]


def _without_vlans_of_strangers(lines: list[str], others: list[str]) -> list[str]:
    """Leaves out the VLANs of links that the other state does not have: the link itself tells."""
    known = {line.split()[2] for line in others if line.startswith("host: link ")}
    return [line for line in lines
            if not line.startswith("host: vlan ") or line.split()[2] in known]


def _is_inert(line: str, after: list[str]) -> bool:
    """Says whether a line is a table, or a base chain not of one device: both do nothing."""
    found = re.match(r"^(\S+: rule )(.*)$", line)
    if not found:
        return False
    prefix, rule = found.groups()
    is_table = len(rule.split()) == 2
    hooks = [other for other in after
             if other.startswith(f"{prefix}{rule}: type ") and " hook " in other]
    is_base_chain = bool(hooks) and " device " not in hooks[0]
    return is_table or is_base_chain or bool(_INERT.match(rule))
