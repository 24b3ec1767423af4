# SPDX-License-Identifier: Apache-2.0
"""Hides the machine's networks and state folders from what is about to happen."""

from runner import namespaces

# Where plugins may leave files.
PLACES = ("/run", "/var/lib", "/var/log", "/tmp")


def isolate() -> None:
    """Moves this process into new namespaces with empty folders for state."""
    namespaces.unshare(namespaces.CLONE_NEWNS | namespaces.CLONE_NEWNET)
    namespaces.mount("none", "/", flags=namespaces.MS_REC | namespaces.MS_PRIVATE)
    for folder in PLACES:
        namespaces.mount("tmpfs", folder, "tmpfs", data="mode=755")
