# SPDX-License-Identifier: Apache-2.0
"""Verbs that are killed, and kernels that refuse, at any message."""

import pytest

pytestmark = pytest.mark.needs("tool:strace")


@pytest.mark.parametrize("call", ["sendmsg", "sendto", "ioctl", "write"])
@pytest.mark.parametrize("command", ["ADD", "DEL"])
def test_after_a_kill_DEL_leaves_nothing(beds, command, call):
    bed = beds({"owner": 107})
    tried = 0
    for number in range(1, 60):
        with bed.unchanged():
            if command == "DEL":
                bed.add()
            was_killed = bed.strace(command, f"{call}:signal=KILL:when={number}").status != 0
            bed.delete()
        if not was_killed:
            break
        tried += 1
    assert tried, f"{command} is never killed in {call}"


@pytest.mark.parametrize("number", range(1, 11))
@pytest.mark.parametrize("call", ["sendmsg", "sendto"])
def test_whatever_fails_in_a_DEL_no_link_outlives_its_rules_and_the_next_DEL_finds_all(beds, call, number):
    """Each call is counted by itself: of two kinds at once, the second failure could hide the first."""
    bed = beds({"owner": 107})
    with bed.unchanged():
        bed.add()
        bed.strace("DEL", f"{call}:error=ENOMEM:when={number}")
        state = bed.state()
        assert "table inet masquerade_eth0 {" in state or not {"tap0", "k6t-eth0"} & set(state)
        bed.delete()
