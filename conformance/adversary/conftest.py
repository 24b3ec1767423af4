# SPDX-License-Identifier: Apache-2.0
"""Puts each worker into new namespaces and provides the scenes to its tests."""

import os
import random
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from harness.apart import isolate  # noqa: E402
from plugin import Plugin, Point  # noqa: E402
from runner import namespaces  # noqa: E402
from runner.probe import kernel  # noqa: E402
from scenes import RECIPES, Scene  # noqa: E402
from world import adopt_orphans  # noqa: E402

PEERS = HERE.parent / ".cache/go-plugins/1.9.1"
_MS_RDONLY, _MS_REMOUNT = 0x1, 0x20


def pytest_addoption(parser):
    group = parser.getgroup("adversary")
    group.addoption("--plugin-dir", default=str(HERE.parents[1] / "dist"))
    group.addoption("--thorough", action="store_true", help="every point in every way")
    group.addoption("--seed", type=int, default=random.randrange(1 << 32))
    group.addoption("--at", help="only this point, as it was reported: CALL:NUMBER[:ERROR]")


def pytest_configure(config):
    """Hides the machine's networks and state folders from what is about to happen."""
    if hasattr(config, "workerinput"):
        config.option.seed = config.workerinput["seed"]
    elif config.getoption("numprocesses", None):
        return
    isolate()
    # Writes to anywhere else must fail, such as a log or another part of /proc/sys.
    for part in ("kernel", "vm", "fs", "dev"):
        namespaces.mount(f"/proc/sys/{part}", f"/proc/sys/{part}", flags=namespaces.MS_BIND)
    for folder in ("/", "/proc/sys/kernel", "/proc/sys/vm", "/proc/sys/fs", "/proc/sys/dev"):
        namespaces.mount("none", folder, flags=namespaces.MS_BIND | _MS_REMOUNT | _MS_RDONLY)
    for path in (HERE / "x", Path("/proc/sys/kernel/domainname")):
        with pytest.raises(OSError):
            path.write_text("x")
    adopt_orphans()
    config.lacks = kernel()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Gives all workers the seed printed at the end; otherwise each would choose its own."""
    node.workerinput["seed"] = node.config.option.seed


def pytest_terminal_summary(terminalreporter, config):
    counts = [len(terminalreporter.getreports(kind)) for kind in ("passed", "failed", "skipped")]
    counts[1] += len(terminalreporter.getreports("error"))
    terminalreporter.write_line(f"seed {config.option.seed}")
    terminalreporter.write_line("adversary: {} passed, {} failed, {} skipped".format(*counts))


@pytest.fixture(scope="session")
def plugin(request):
    """Creates a plugin from its name and configuration."""
    folder = Path(request.config.getoption("plugin_dir")).resolve()
    return lambda name, configuration: Plugin(folder / name, configuration, str(PEERS))


@pytest.fixture(scope="session", params=RECIPES)
def scene(request, plugin):
    """Each recipe that this kernel supports."""
    if reason := request.config.lacks.get(RECIPES[request.param].needs):
        pytest.skip(reason)
    return Scene(request.param, plugin)


@pytest.fixture
def chosen(request):
    """Thins out points: all if requested, else every nth from a random start."""
    options = request.config.option

    def choose(points, share, turn=0):
        """Different turns choose different points."""
        if options.at:
            call, number, *failure = options.at.split(":")
            return [point for point in points if (point.call, str(point.number), point.failure)
                    == (call, number, "".join(failure))]
        start = random.Random(options.seed).randrange(share) + turn
        return points if options.thorough else points[start % share::share]
    return choose


class Findings:
    """Collects the failures and their points."""

    def __init__(self, request):
        self.request, self.wrong = request, []

    def add(self, point, faults, what):
        if faults:
            shown = "\n      ".join(faults[:6] + ([f"and {len(faults) - 6} more"] if faults[6:] else []))
            seed = self.request.config.option.seed
            again = f"--thorough --seed {seed}" if point.call == "crowd" else f"--at {point}"
            self.wrong.append(f"{point}, {what}:\n      {shown}\n      at {point.text[:150]}\n"
                              f"      try: conformance/adversary/run -k '{self.request.node.name}' {again}")

    def verdict(self, points):
        assert points, "nothing was tried"
        if self.wrong:
            pytest.fail("\n".join(self.wrong), pytrace=False)


@pytest.fixture
def findings(request):
    return Findings(request)
