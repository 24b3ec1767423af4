# SPDX-License-Identifier: Apache-2.0
"""The check tables: who answers, and which peer it sees."""

from bed import Bed
from probes import perform_all, prepare, table

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

CASES = [
    ("port list, dual stack", "port-list", (4, 6), LISTED),
    ("no list, dual stack", "no-list", (4, 6), UNLISTED),
    ("port list, IPv4 only", "port-list", (4,), LISTED),
    ("port list, IPv6 only", "port-list", (6,), LISTED),
    ("no list, IPv4 only", "no-list", (4,), UNLISTED),
    ("no list, IPv6 only", "no-list", (6,), UNLISTED),
]


def check(plugin, report):
    """Compares every line of the tables."""
    for title, name, families, configuration in CASES:
        bed = Bed(plugin, families, configuration)
        try:
            prepare(bed)
            for probe, heard, wanted in perform_all(bed, table(name, families)):
                report.expect(f"{title}: {probe}", heard, wanted)
        finally:
            bed.end()
