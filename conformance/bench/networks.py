# SPDX-License-Identifier: Apache-2.0
"""The networks that are attached to."""

from dataclasses import dataclass

BRIDGE = "br1"


@dataclass(frozen=True)
class Network:
    """A network under the name the report gives it."""

    title: str
    has_addresses: bool
    filters: bool

    def configuration(self) -> dict:
        """What both peers read; `type` matters to the runtime only."""
        configuration = {
            "cniVersion": "0.3.1",
            "name": "bridge-network",
            "type": "cnv-bridge",
            "bridge": BRIDGE,
        }
        if self.filters:
            configuration["macspoofchk"] = True
        if self.has_addresses:
            configuration |= {
                "isGateway": True,
                "ipam": {"type": "host-local", "subnet": "10.99.0.0/16"},
            }
        return configuration


L2 = Network("L2", has_addresses=False, filters=False)
L2_FILTERED = Network("L2+macspoofchk", has_addresses=False, filters=True)
L3 = Network("L3 host-local", has_addresses=True, filters=False)
L3_FILTERED = Network("L3+macspoofchk", has_addresses=True, filters=True)
ALL = (L2, L2_FILTERED, L3, L3_FILTERED)
