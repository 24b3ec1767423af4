# SPDX-License-Identifier: Apache-2.0
"""Every CNI configuration of examples/, README.md and docs/ is executed as it is written, so that none can rot.

Each goes through libcni (cnitool): ADD, CHECK if its version has it, DEL. A configuration older than CHECK is
executed once more as version 1.0.0.
"""

import json

import pytest
from found import configurations, ours
from judgement import JUDGES, judge_nothing_left, needs_vlans
from runtime import Runtime

pytestmark = pytest.mark.needs("setup:bin/cnitool", "setup:go-plugins/1.9.1")


def every():
    """The configurations as parameters."""
    for label, configuration in configurations():
        needed = ["kernel:vlan_filtering"] if any(map(needs_vlans, ours(configuration))) else []
        yield pytest.param(configuration, id=label, marks=pytest.mark.needs(*needed))


@pytest.mark.parametrize("configuration", every())
def test_works_through_libcni_as_it_is_written(plugins, configuration, tmp_path):
    perform(plugins, configuration, tmp_path)
    if configuration["cniVersion"] < "0.4.0":
        perform(plugins, configuration | {"cniVersion": "1.0.0"}, tmp_path)


def perform(plugins, configuration, folder):
    """ADD, CHECK and DEL of one configuration."""
    own = ours(configuration)
    runtime = Runtime(plugins, folder, configuration)
    try:
        if own[0]["type"] == "masquerade":
            runtime.give_pod_an_interface(own[0].get("podInterface", "eth0"))
        result = json.loads(runtime.call("add"))
        for plugin in own:
            JUDGES[plugin["type"]](runtime, plugin, result)
        if configuration["cniVersion"] >= "0.4.0":
            runtime.call("check")
        runtime.call("del")
        judge_nothing_left(runtime, own)
        runtime.call("del")
    finally:
        runtime.end()
