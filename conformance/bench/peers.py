# SPDX-License-Identifier: Apache-2.0
"""The two programs that are compared."""

import os
from dataclasses import dataclass
from pathlib import Path

GO_VERSION = "1.9.1"


class Missing(Exception):
    """A program to compare is not there."""


@dataclass(frozen=True)
class Peer:
    """A bridge plugin, and where it finds its IPAM plugin."""

    name: str
    program: Path
    delegates: Path


@dataclass(frozen=True)
class Pair:
    """What every figure is about: ours and theirs."""

    ours: Peer
    go: Peer

    def __iter__(self):
        return iter((self.ours, self.go))


def find(directory: Path) -> Pair:
    """Returns both peers; the same host-local serves both."""
    conformance = Path(__file__).resolve().parent.parent
    cache = Path(os.environ.get("CONFORMANCE_CACHE", conformance / ".cache"))
    go = cache / "go-plugins" / GO_VERSION
    ours = directory.resolve() / "cnv-bridge"
    if not os.access(ours, os.X_OK):
        raise Missing(f"no '{ours}'; mend it with: make release")
    if not os.access(go / "bridge", os.X_OK):
        raise Missing(f"no '{go / 'bridge'}'; mend it with: conformance/setup go-plugins")
    return Pair(Peer("ours", ours, go), Peer("go", go / "bridge", go))
