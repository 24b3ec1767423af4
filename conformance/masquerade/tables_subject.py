# SPDX-License-Identifier: Apache-2.0
"""Configurations that many subjects use."""

LISTED = {
    "ports": [
        {"name": "http", "port": 80},
        {"protocol": "UDP", "port": 5353},
        {"protocol": "SCTP", "port": 3868},
    ],
    "portRanges": [{"protocol": "TCP", "start": 8000, "end": 8100}],
    "owner": 107,
    "group": 107,
}
UNLISTED = {"owner": 107, "group": 107}
