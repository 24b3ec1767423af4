# SPDX-License-Identifier: Apache-2.0
"""Reads a namespace with ip, bridge and nft, and returns its state in short, comparable form."""

from __future__ import annotations

import glob
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from .namespaces import Namespace


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _json(*command: str) -> list[dict[str, Any]]:
    return [item for item in json.loads(_output(*command) or "[]") if item]


def links(place: Namespace) -> dict[str, dict[str, Any]]:
    """Returns every link by name, as `ip -j -d link` tells it, with the addresses it has."""
    with place.inside():
        known = {link["ifname"]: link for link in _json("ip", "-j", "address", "show")}
        detailed = _json("ip", "-j", "-d", "link", "show")
    return {link["ifname"]: {**known.get(link["ifname"], {}), **link} for link in detailed}


def links_in_short(place: Namespace) -> dict[str, dict[str, Any]]:
    """Returns every link by name, without what only `ip link` tells: one command less."""
    with place.inside():
        return {link["ifname"]: link for link in _json("ip", "-j", "-d", "address", "show")}


def addresses(seen: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Returns the addresses wider than the link; one still unproven says so."""
    return {name: [_address(item) for item in link.get("addr_info", [])
                   if item["scope"] != "link"]
            for name, link in seen.items()}


def _address(item: dict[str, Any]) -> str:
    doubts = "".join(f" {flag}" for flag in ("tentative", "dadfailed") if item.get(flag))
    return f"{item['local']}/{item['prefixlen']}{doubts}"


def routes(place: Namespace) -> list[dict[str, Any]]:
    """Returns the routes of every table but those the kernel keeps for itself."""
    with place.inside():
        both = (_json("ip", "-j", "-4", "route", "show", "table", "all")
                + _json("ip", "-j", "-6", "route", "show", "table", "all"))
    return [route for route in both if route.get("table") != "local"
            and route.get("type", "unicast") == "unicast"
            and not re.match(r"fe80:|ff00:", route["dst"])]


def rules(place: Namespace) -> list[str]:
    """Returns the ruleset as 'family table', 'family table chain', 'family table chain: rule'."""
    with place.inside():
        text = _output("nft", "--stateless", "list", "ruleset")
    flat: list[str] = []
    path: list[str] = []
    pending = ""
    for line in text.splitlines():
        pending = f"{pending} {line.strip()}".strip() if pending else line.strip()
        if pending.count("{") > pending.count("}") and not pending.endswith(" {"):
            continue
        line, pending = pending, ""
        opening = re.match(r"(?:table|chain|set|map|counter|flowtable) (.*) \{$", line)
        if opening:
            path.append(opening[1])
            flat.append(" ".join(path))
        elif line == "}":
            path.pop()
        elif line:
            flat.append(f"{' '.join(path)}: {line}")
    return flat


def vlans(place: Namespace) -> dict[str, list[str]]:
    """Returns the VLANs of every bridge port: '100 pvid untagged', and runs as '200-210'."""
    with place.inside():
        ports = _json("bridge", "-j", "vlan", "show")
    return {port["ifname"]: _ranges(port["vlans"]) for port in ports}


def _ranges(entries: list[dict[str, Any]]) -> list[str]:
    runs: list[tuple[int, int, str]] = []
    for entry in entries:
        flags = "".join({"PVID": " pvid", "Egress Untagged": " untagged"}.get(flag, f" {flag}")
                        for flag in entry.get("flags", []))
        first, last = entry["vlan"], entry.get("vlanEnd", entry["vlan"])
        if runs and runs[-1][2] == flags == "" and runs[-1][1] + 1 == first:
            runs[-1] = (runs[-1][0], last, flags)
        else:
            runs.append((first, last, flags))
    return [(f"{first}" if first == last else f"{first}-{last}") + flags
            for first, last, flags in runs]


def forwarding(place: Namespace) -> dict[str, str]:
    """Returns the port behind which each address was learned, by 'mac' or 'mac vlan N'."""
    with place.inside():
        entries = _json("bridge", "-j", "fdb", "show")
    return {entry["mac"] + (f" vlan {entry['vlan']}" if "vlan" in entry else ""): entry["ifname"]
            for entry in entries if "master" in entry and entry.get("state") != "permanent"}


def see(place: Namespace, wanted: set[str]) -> dict[str, Any]:
    """Returns those aspects of the namespace an expectation asks for."""
    seen: dict[str, Any] = {}
    if wanted & {"links", "addresses", "ports"}:
        seen["links"] = links(place)
        seen["addresses"] = addresses(seen["links"])
        seen["ports"] = {}
        for name, link in seen["links"].items():
            seen["ports"].setdefault(link.get("master"), []).append(name)
    readers = {"routes": routes, "rules": rules, "vlans": vlans, "fdb": forwarding}
    for aspect, read in readers.items():
        if aspect in wanted or aspect == "rules" and "no_rules" in wanted:
            seen[aspect] = read(place)
    return seen


def sysctl(place: Namespace, key: str) -> str | None:
    with place.inside():
        path = Path("/proc/sys") / key
        return path.read_text().strip() if path.exists() else None


def files(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern))
