# SPDX-License-Identifier: Apache-2.0
"""The ring of everything that users copy: the configurations and manifests of examples/, README.md and docs/."""

import subprocess
import sys
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.apart import isolate  # noqa: E402


def pytest_configure(config):
    if not Path("/dev/net/tun").exists():
        subprocess.run(["modprobe", "tun"], check=True)  # in the lab nobody has loaded it yet
    isolate()
