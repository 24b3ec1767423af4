# SPDX-License-Identifier: Apache-2.0
"""Damages JSON documents and texts: first what they mean, then their bytes."""

from __future__ import annotations

import json
import random
from typing import Any

# More than the plugins read.
LARGEST = 5 << 20

# What has broken parsers before: limits of numbers and names, odd addresses, other types.
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 68, 1280, 4094, 4095, 65535, 65536, 2**31, 2**32 - 1, 2**63, 2**64, 1.5, 1e308,
    "", " ", "true", "0", "a" * 15, "a" * 16, "é" * 8, "\x00", "\x7f", "\u2028", "a/../b", "..", "%d", "all", "default",
    "lo", "eth0", "br0", "x" * 300, "x" * 70000, "0.0.0.0/0", "::/0", "10.1.2.3/33", "10.1.2.3", "10.89.0.9/31",
    "fd89::9/127", "fe80::1/64", "255.255.255.255/32", "ff02::1/8", "127.0.0.1/8", "::ffff:10.0.0.1/96",
    "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02-00-00-00-00-01", "0.3.1", "1.1.0", "9.9.9",
    [], {}, [[]], [None], [{}], {"": ""},
]


def document(value: Any, chance: random.Random) -> bytes:
    """The text of a JSON value after some damage, often none to the text itself."""
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 6))):
        value = change(value, chance)
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(errors="replace")
    for _ in range(chance.choice((0, 0, 0, 0, 0, 0, 1, 3))):
        text = damage(text, chance)
    return text[:LARGEST]


def change(value: Any, chance: random.Random) -> Any:
    """Changes one place of a value, chosen by chance."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        if chance.random() < 0.7:
            return {**value, key: change(value[key], chance)}
        return _members(value, key, chance)
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        if chance.random() < 0.7:
            return [*value[:place], change(value[place], chance), *value[place + 1:]]
        return chance.choice((value[:place], value * 2, value * 30, [*value, chance.choice(VALUES)]))
    if isinstance(value, str) and value and chance.random() < 0.4:
        return damage(value.encode(), chance).decode(errors="replace")
    if isinstance(value, int) and not isinstance(value, bool) and chance.random() < 0.4:
        return value + chance.choice((-1, 1, 256, -65536))
    if chance.random() < 0.02:
        return _nested(chance.choice((50, 2100)))
    return chance.choice(VALUES)


def _members(value: dict, key: str, chance: random.Random) -> dict:
    """Loses, renames, or adds a member."""
    others = {name: member for name, member in value.items() if name != key}
    renamed = chance.choice((key.upper(), key + "s", key[:-1], key.replace("m", "n"), "", "x" * 200))
    return chance.choice((others, {**others, renamed: value[key]}, {**value, renamed: chance.choice(VALUES)}))


def _nested(depth: int) -> Any:
    # json.dumps would not go so deep.
    value: Any = "end"
    for _ in range(min(depth, 400)):
        value = [value]
    return value


def damage(text: bytes, chance: random.Random) -> bytes:
    """Changes some bytes."""
    place = chance.randrange(len(text) + 1)
    end = min(len(text), place + chance.choice((1, 2, 8, 100)))
    match chance.randrange(6):
        case 0:
            return text[:place] + bytes([chance.randrange(256)]) + text[end:]
        case 1:
            return text[:place] + text[end:]
        case 2:
            return text[:place] + text[place:end] * chance.choice((2, 3, 50)) + text[end:]
        case 3:
            return text[:place]
        case 4:
            return text[:place] + chance.choice((b"\0", b"\n", b"\xff", b"{", b"]", b'"', b"\\u0000", b"\\ud800")) \
                + text[place:]
        case _:
            other = chance.randrange(len(text) + 1)
            return text[:place] + text[other:other + 60] + text[end:]
