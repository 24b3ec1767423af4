# SPDX-License-Identifier: Apache-2.0
"""STATUS asks the kernel for everything that ADD will need of it."""

from dataclasses import replace


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
