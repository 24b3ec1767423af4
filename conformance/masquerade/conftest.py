# SPDX-License-Identifier: Apache-2.0
"""Gives each worker separate namespaces, and provides beds, which are removed afterwards."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from attachment import LISTED, Bed  # noqa: E402
from harness.apart import isolate  # noqa: E402


def pytest_configure(config):
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        if not Path("/dev/net/tun").exists():
            # In the lab nobody has loaded it yet, nor what brings settings that were not there before.
            subprocess.run(["modprobe", "-a", "tun", "nf_conntrack"], check=True)
        isolate()


@pytest.fixture(scope="session")
def plugin(plugins):
    """The executable."""
    return plugins / "masquerade"


@pytest.fixture
def beds(plugin):
    """Makes beds of a configuration, one after another; the one before is taken away."""
    made = []

    def make(configuration=None, families=(4, 6)):
        while made:
            made.pop().end()
        made.append(Bed(plugin, configuration, families))
        return made[0]

    yield make
    while made:
        made.pop().end()


@pytest.fixture
def bed(beds):
    """A bed with a list of ports."""
    return beds(LISTED)
