# SPDX-License-Identifier: Apache-2.0
"""STATUS asks the kernel for everything that ADD will need of it."""

import json
from dataclasses import replace

import pytest

from world import World


def test_each_lack_is_told(plugin):
    bridge = plugin("cnv-bridge", {
        "cniVersion": "1.1.0", "name": "net", "type": "cnv-bridge", "macspoofchk": True,
        "ipMasq": True, "isGateway": True,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.1.2.0/24"}]]}})
    assert bridge.call("STATUS").status == 0

    requests = [point for point in bridge.points("STATUS") if point.call in ("sendto", "sendmsg")]
    answers = [bridge.failed("STATUS", replace(point, failure="EOPNOTSUPP")) for point in requests]

    told = " ".join(answer.output for answer in answers if answer.status == 1)
    assert "the kernel cannot filter what a port sends" in told
    assert "the kernel cannot masquerade" in told


def test_who_may_change_nothing_is_not_told_that_all_is_well(plugin):
    bridge = plugin("cnv-bridge", {"cniVersion": "1.1.0", "name": "net", "type": "cnv-bridge"})

    answer = bridge.raw(json.dumps(bridge.configuration).encode(), bridge.environment("STATUS"), (
        "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))

    assert answer.status == 1 and json.loads(answer.output)["code"] == 50, answer


def test_a_kernel_before_5_6_is_asked_about_a_bridge(plugin, request):
    """It does not know RTM_GETVLAN, and without a bridge it has nothing to say of VLANs."""
    if reason := request.config.lacks.get("vlan_filtering"):
        pytest.skip(reason)
    world = World([])
    bridge = plugin("cnv-bridge", {"cniVersion": "1.1.0", "name": "net", "type": "cnv-bridge",
                                   "bridge": "br0", "vlan": 100})
    before = world.state()
    first = next(point for point in bridge.points("STATUS") if "RTM_GETVLAN" in point.text)

    # Asked of the host, then, four requests later, of a namespace where there is a bridge.
    answer = bridge.call("STATUS", strace=(
        "-e", f"inject={first.call}:error=EOPNOTSUPP:when={first.number}+4"))

    assert answer.trace.count("(INJECTED)") == 2
    assert (answer.status, answer.faults) == (0, []), answer
    assert world.state() == before
    world.close()
