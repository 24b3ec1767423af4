# SPDX-License-Identifier: Apache-2.0
"""If files cannot grow (RLIMIT_FSIZE), a plugin fails instead of being killed (SIGXFSZ)."""

import json
import os
import subprocess

import pytest

from plugin import Answer


@pytest.mark.parametrize("output", ["pipe", "file"])
def test_no_file_may_grow(scene, output):
    world = scene.world()
    try:
        answer = limited(scene.plugin, output)
        if output == "file":
            # Neither a result nor an error object can be written.
            assert (answer.status, answer.output) == (1, ""), answer
        else:
            # Only IPAM's leases and the record of the VM's address service are files.
            assert answer.faults == [], answer
            assert answer.status == (1 if scene.recipe.is_rich else 0), answer
        if answer.status:
            assert scene.left_over(world, may_keep=False) == []
        again = scene.plugin.call("DEL")
        assert (again.status, scene.left_over(world)) == (0, []), again
    finally:
        world.close()


def limited(plugin, output):
    """Calls ADD with the limit; the signal is not ignored, as it is in Python and what it starts."""
    with os.fdopen(os.memfd_create("output"), "w+") as file:
        done = subprocess.run(
            ["prlimit", "--fsize=0", plugin.path], input=json.dumps(plugin.configuration), text=True,
            stdout=file if output == "file" else subprocess.PIPE, stderr=subprocess.PIPE,
            env=plugin.environment("ADD"))
        return Answer(done.returncode, done.stdout or "", done.stderr)
