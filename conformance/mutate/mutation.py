# SPDX-License-Identifier: Apache-2.0
"""Mutations as the files in mutations/ describe them."""

import hashlib
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]


@dataclass(frozen=True)
class Test:
    """Tests to run: a ring and what to choose of it."""

    ring: str
    choice: str

    def __str__(self) -> str:
        return f"{self.ring} {self.choice}"


@dataclass(frozen=True)
class Mutation:
    """One change of one place, and what it would break for a user."""

    module: str
    name: str
    file: str
    old: str
    new: str
    breaks: str
    tests: tuple[Test, ...]
    # Why it may survive; empty for one that must not.
    explained: str = ""

    @property
    def digest(self) -> str:
        text = "\0".join([self.file, self.old, self.new, *map(str, self.tests)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def number(self) -> int:
        """Chooses it in a build of all; the same while others come and go."""
        return zlib.crc32(self.name.encode()) or 1

    @property
    def misfit(self) -> str:
        """Why it cannot be applied, or nothing."""
        path = PROJECT / self.file
        if not path.is_file():
            return f"there is no {self.file}"
        count = path.read_text().count(self.old)
        return "" if count == 1 else f"its old text is {count} times in {self.file}"


def load() -> list[Mutation]:
    """Reads all; a file's `tests` hold where a mutation names none."""
    found = []
    for path in sorted((HERE / "mutations").glob("*.toml")):
        document = tomllib.loads(path.read_text())
        for entry in document["mutation"]:
            words = entry.pop("tests", document["tests"])
            tests = tuple(Test(*word.split(" ", 1)) for word in words)
            found.append(Mutation(module=path.stem, tests=tests, **entry))
    names = [mutation.name for mutation in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SystemExit(f"mutate: two mutations are called {', '.join(sorted(twice))}")
    return found
