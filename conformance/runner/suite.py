# SPDX-License-Identifier: Apache-2.0
"""Selects the instances, runs them, and skips those this machine does not support."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Iterator
from pathlib import Path

from . import probe, rounds, sandbox, schedule
from .case import Case, Instance
from .scene import Settings
from .plugins import Repository
from .schedule import Outcome

FOLDER = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("CONFORMANCE_CACHE", FOLDER / ".cache"))
PEERS = CACHE / "go-plugins"
CNITOOL = CACHE / "bin" / "cnitool"

# The slowest case waits for silence; everything else takes a fraction of a second.
_LIMIT = 90.0


def chosen(cases: list[Case], globs: list[str], newest: bool = False) -> list[Instance]:
    """Returns the instances whose name, or whose case's name, matches one of the globs.

    With `newest` each case runs in the newest of its versions only.
    """
    return [instance for case in cases for instance in case.instances(newest)
            if not globs or any(fnmatch.fnmatchcase(name, pattern) for pattern in globs
                                for name in (case.name, instance.name))]


def missing_features() -> dict[str, str]:
    process, pipe = sandbox.spawn(probe.kernel)
    with os.fdopen(pipe, "rb") as stream:
        answer = json.load(stream)
    os.waitpid(process, 0)
    if "broken" in answer:
        raise OSError(f"cannot make a sandbox: {answer['broken'].strip().splitlines()[-1]}")
    return answer


def run(instances: list[Instance], plugins: Path, jobs: int, strict: bool,
        patience: float) -> Iterator[Outcome]:
    """Yields the outcomes; with `strict`, what would be skipped has failed."""
    missing = missing_features()
    repository = Repository(plugins, PEERS)
    settings = Settings(repository, CNITOOL, "vlan_filtering" not in missing, patience)
    reason = probe.lacking(repository, missing)
    runnable = []
    for instance in instances:
        if not probe.concerns(instance.case.needs, missing):
            continue
        reasons = [why for why in map(reason, _needs(instance.case)) if why]
        if reasons:
            yield Outcome(instance, "failed" if strict else "skipped", (reasons[0],))
        else:
            runnable.append(instance)
    yield from schedule.run(runnable, lambda instance: rounds.run(instance, settings), jobs,
                            _LIMIT * patience)


def _needs(case: Case) -> list[str]:
    """A case needs what it says, and the plugins its configurations name."""
    types = {plugin.get("type", "") for network in case.networks.values()
             for plugin in network.get("plugins", [network]) if isinstance(plugin, dict)}
    ours = sorted(types & {"cnv-bridge", "sriov", "masquerade"})
    return [f"plugin:{name}" for name in ours] + case.needs
