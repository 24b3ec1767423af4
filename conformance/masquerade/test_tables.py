# SPDX-License-Identifier: Apache-2.0
"""The check tables: who answers, and which peer it sees."""

import pytest

from attachment import LISTED, UNLISTED
from probing import heard, table


@pytest.mark.parametrize("families", [(4, 6), (4,), (6,)], ids=["dual stack", "IPv4 only", "IPv6 only"])
@pytest.mark.parametrize("name, configuration", [("port-list", LISTED), ("no-list", UNLISTED)])
def test_every_probe_hears_what_the_table_says(beds, name, configuration, families):
    wanted = table(name, families)

    assert heard(beds(configuration, families).prepare(), wanted) == wanted
