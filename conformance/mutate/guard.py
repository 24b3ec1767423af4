# SPDX-License-Identifier: Apache-2.0
"""Every mutation in one build: a number in the executables chooses the one that is in force.

The body of a function that mutations change becomes `if mutant() == 1 { changed } else { as it was }`,
and what a variable begins with becomes a choice of the two.
"""

import hashlib
import json
import os
import re
import subprocess
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

from mutation import Mutation

# Stands before the number in an executable.
MARK = b"number of the mutant in force: "

# The module that tells the number.
MODULE = {
    "Sources/C/Mutant/include/Mutant.h": "unsigned int mutant(void);\n",
    "Sources/C/Mutant/mutant.c": f"""#include "Mutant.h"
static volatile const struct {{ char mark[{len(MARK) + 1}]; unsigned char number[4]; }} chosen =
  {{ "{MARK.decode()}", {{ 0 }} }};
unsigned int mutant(void) {{
  return chosen.number[0] | chosen.number[1] << 8 | chosen.number[2] << 16 | (unsigned)chosen.number[3] << 24;
}}
""",
}

_FUNCTIONS = ("func_decl", "accessor_decl", "constructor_decl", "destructor_decl")
_TOKEN = re.compile(rb"[\w.]+|.", re.S)


@dataclass(frozen=True)
class Place:
    """Where a choice can stand: between the braces of a function, or around a value."""

    start: int
    end: int
    is_body: bool
    # Whether the body is one expression, which the function returns.
    is_result: bool = False


@dataclass(frozen=True)
class Guarded:
    """A file with its mutations, and the lines of each."""

    text: bytes
    lines: dict[Mutation, range]


def manifest(text: str) -> str:
    """The package with the module that tells the number, used by every other one."""
    text = text.replace("dependencies: dependencies,", 'dependencies: dependencies + ["Mutant"],')
    target = '    .target(name: "Mutant", path: "Sources/C/Mutant"),\n'
    return text.replace("  targets: [\n", "  targets: [\n" + target, 1)


def guard(root: Path, mutations: list[Mutation], parser: "Parser") -> dict[str, Guarded]:
    """The files with the mutations that have a place there."""
    made = {}
    for file in dict.fromkeys(mutation.file for mutation in mutations):
        text = (root / file).read_bytes()
        choices: dict[Place, dict[Mutation, bytes]] = {}
        for mutation in (mutation for mutation in mutations if mutation.file == file):
            changed = text.replace(mutation.old.encode(), mutation.new.encode())
            if found := _alternative(text, changed, parser):
                choices.setdefault(found[0], {})[mutation] = found[1]
        made[file] = _choose(text, choices)
    return made


def _choose(text: bytes, choices: dict[Place, dict[Mutation, bytes]]) -> Guarded:
    inserted = {}
    for place, there in choices.items():
        form = b" if mutant() == %d {%s\n} else" if place.is_body else b" mutant() == %d ? (%s) :"
        opening = b"".join(form % (mutation.number, changed) for mutation, changed in there.items())
        brackets = (b" {", b"\n}") if place.is_body else (b" (", b")")
        inserted[place.start] = opening + brackets[0] + (b" return " if place.is_result else b"")
        inserted[place.end] = brackets[1]
    # The licence is the first line.
    pieces, last = [], 0
    for offset in sorted(inserted):
        pieces += [text[last:offset], inserted[offset]]
        last = offset
    guarded = b"".join([*pieces, text[last:]]).replace(b"\n", b"\nimport Mutant\n", 1)
    lines = {}
    for mutation, changed in ((m, changed) for there in choices.values() for m, changed in there.items()):
        first = guarded.count(b"\n", 0, guarded.index(b"mutant() == %d " % mutation.number)) + 1
        lines[mutation] = range(first, first + changed.count(b"\n") + 1)
    return Guarded(guarded, lines)


def _alternative(text: bytes, changed: bytes, parser: "Parser") -> tuple[Place, bytes] | None:
    """The smallest place that holds the whole change, and what stands there in the mutant."""
    before = len(os.path.commonprefix([text, changed]))
    after = len(os.path.commonprefix([text[before:][::-1], changed[before:][::-1]]))
    growth = len(changed) - len(text)
    around = [place for place in parser.places(text) if place.start <= before and len(text) - after <= place.end]
    for place in sorted(around, key=lambda place: place.end - place.start)[:1]:
        for other in parser.places(changed):
            if (other.start, other.end, other.is_body) == (place.start, place.end + growth, place.is_body):
                return place, (b" return " if other.is_result else b"") + changed[other.start:other.end]
    return None


class Parser:
    """The compiler's, with what it said about texts before."""

    def __init__(self, path: Path):
        self.path, self.known = path, json.loads(path.read_text()) if path.is_file() else {}
        self.asked: dict[str, list] = {}

    def places(self, text: bytes) -> list[Place]:
        digest = hashlib.sha256(text).hexdigest()
        if digest not in self.asked:
            self.asked[digest] = self.known.get(digest) or [astuple(place) for place in _parse(text)]
        return [Place(*values) for values in self.asked[digest]]

    def keep(self) -> None:
        """Keeps what was asked this time."""
        self.path.write_text(json.dumps(self.asked))


def _parse(text: bytes) -> list[Place]:
    with tempfile.NamedTemporaryFile(suffix=".swift") as file:
        file.write(text)
        file.flush()
        done = subprocess.run(["swiftc", "-frontend", "-dump-parse", "-dump-ast-format", "json", file.name],
                              capture_output=True, check=False)
    return list(_walk(text, json.loads(done.stdout), False)) if done.returncode == 0 else []


def _walk(text: bytes, node, is_within: bool):
    """Values of variables count only outside of functions: within, the body has them."""
    if isinstance(node, list):
        for child in node:
            yield from _walk(text, child, is_within)
        return
    if not isinstance(node, dict):
        return
    kind, body = node.get("_kind"), node.get("body")
    if kind in _FUNCTIONS and body:
        start, end = body["range"]["start"] + 1, body["range"]["end"]
        kinds = [element["_kind"] for element in body.get("elements", [])]
        # Branches that return by themselves are no expression.
        is_result = len(kinds) == 1 and ("result" in node or "get" in node) and (
            kinds[0].endswith("_expr")
            or kinds[0] in ("switch_stmt", "if_stmt") and not re.search(rb"\breturn\b", text[start:end]))
        yield Place(start, end, True, is_result)
        is_within = True
    elif kind == "pattern_binding_decl" and not is_within and "original_init" in node["pattern_entries"][0]:
        start, end = node["range"]["start"], node["range"]["end"]
        yield Place(text.index(b"=", start) + 1, end + len(_TOKEN.match(text, end)[0]), False)
    for child in node.values():
        yield from _walk(text, child, is_within)
