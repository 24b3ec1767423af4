# SPDX-License-Identifier: Apache-2.0
"""The VM's address service: as a foreground program, and started by ADD."""

import os
import signal
import subprocess

import pytest

from attachment import LISTED, ROUTER, SPAWNED, VM, give
from guest import BROADCAST, LINK_LOCAL, advertised, discovery, offered, rebound, router, send_all, solicited
from harness.frames import Card, Ether
from harness.until import until
from server import NO_PRIVILEGES, cost, judge_cost, privileges, start, start_detached
from tap import plug


@pytest.fixture
def serve(bed):
    """Starts the service for a VM that is plugged in, with capabilities."""
    def start_it(capabilities):
        bed.add()
        plug(bed)
        give(bed.vm, "eth0", LINK_LOCAL)
        programs.append(start(bed, capabilities))
        return programs[0]

    programs = []
    yield start_it
    for program in programs:
        if program.poll() is None:
            program.kill()
            program.wait()


@pytest.mark.parametrize("words, status", [((), 1), (("--x",), 2)], ids=["no bridge", "an unknown option"])
def test_without_a_bridge_or_with_an_unknown_option_it_ends_with_an_error(bed, words, status):
    assert bed.pod.execute(bed.plugin, "dhcp", *words, check=False).returncode == status


def test_unprivileged_it_answers_questions_about_addresses(bed, serve):
    program = serve("net_bind_service")
    told = program.stderr.readline() + program.stderr.readline()
    assert "no router advertisements" in told, "without CAP_NET_RAW"
    assert f"serving {VM[4]} and {VM[6]}" in told
    assert offered(bed) == VM[4]
    give(bed.vm, "eth0", "192.168.1.7")
    bed.pod.write("net/ipv4/conf/all/rp_filter", 1)
    assert rebound(bed, "192.168.1.7") == 6, "a guest that moved here hears no DHCPNAK when it rebinds"
    assert advertised(bed) == VM[6]
    assert advertised(bed, ROUTER) == "nothing", "where it is asked alone (RFC 8415 §16)"
    program.send_signal(signal.SIGTERM)
    assert program.wait(3) == 0, program.stderr.read()


def test_a_guest_that_asks_without_end_costs_a_bounded_part_of_a_processor_and_no_memory(bed, serve):
    program = serve("net_bind_service")
    program.stderr.readline()
    assert offered(bed) == VM[4]
    card = Card(bed.vm, "eth0")
    question = bytes(Ether(src=card.mac, dst=BROADCAST) / discovery())

    before = cost(program.pid)
    sent = send_all(card, [question], 3)
    after = cost(program.pid)

    assert sent > 2000
    # 100 packets a second after the first 100; half as much again for a slow machine's clock.
    assert 0 < sum(frame.payload[20:22] == b"\0\x43" for frame in card.heard) <= 600
    judge_cost(bed, before, after, 3)


def test_with_CAP_NET_RAW_it_advertises_a_router_and_takes_it_back_when_it_ends(bed, serve):
    program = serve("net_bind_service,+net_raw")
    program.stderr.readline()
    assert solicited(bed) == f"{ROUTER} 9000"
    assert privileges(program.pid) == NO_PRIVILEGES
    assert solicited(bed, "::") == f"{ROUTER} 9000", "a guest without an address"
    card = Card(bed.vm, "eth0")
    program.send_signal(signal.SIGTERM)
    assert program.wait(3) == 0, program.stderr.read()
    assert card.hear(router, 5) == f"{ROUTER} 0"


def test_it_ends_with_an_ADD_that_dies_before_it_recorded_it(beds):
    bed = beds(SPAWNED)
    bed.add()
    program = start_detached(bed)
    program.stdin.close()

    assert program.wait(5) == 0


def test_an_ADD_that_cannot_record_it_fails_and_leaves_none(beds):
    bed = beds(SPAWNED)
    os.makedirs(os.path.dirname(bed.records), mode=0o700, exist_ok=True)
    open(bed.records, "w").close()

    assert bed.call("ADD").status == 1
    assert bed.serving() == []
    os.remove(bed.records)


@pytest.mark.needs("tool:strace")
@pytest.mark.parametrize("call", ["mkdir", "openat", "close"])
def test_an_ADD_that_is_killed_where_it_records_it_leaves_none_that_DEL_does_not_end(beds, call):
    bed = beds(SPAWNED)
    bed.add()
    path = bed.records if call == "mkdir" else f"{bed.records}/{os.listdir(bed.records)[0]}"
    bed.delete()
    number = 2 if call == "openat" else 1

    answer = bed.call("ADD", ("strace", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-P", path,
                              "-e", f"inject={call}:signal=KILL:when={number}"))

    assert answer.status == -signal.SIGKILL
    bed.delete()
    assert bed.serving() == []


def recorded(bed):
    """The service as ADD starts it, once it is recorded."""
    program = start_detached(bed)
    print(file=program.stdin, flush=True)
    return program


def test_it_goes_on_when_its_bridge_is_renamed_and_ends_when_that_is_gone(bed):
    bed.add()
    program = recorded(bed)
    for old, new in (("k6t-eth0", "k6t-other"), ("k6t-other", "k6t-eth0")):
        for change in (f"{old} down", f"{old} name {new}", f"{new} up"):
            bed.pod.ip(f"link set {change}")
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(2.5)
    bed.delete()
    assert program.wait(8) == 0


def test_it_ends_when_its_bridge_is_gone_even_if_there_is_another_of_its_name(bed):
    bed.add()
    program = recorded(bed)
    bed.delete()
    bed.add()
    assert program.wait(8) == 0


def test_a_second_ADD_that_is_refused_leaves_the_service_of_the_first(beds):
    bed = beds(SPAWNED)
    bed.add()
    served = bed.serving()

    bed.refused("ADD", 102)

    assert bed.serving() == served
    bed.check()


def test_ADD_starts_one_that_can_do_nothing_else(beds):
    bed = beds({**LISTED, "dhcp": {"mode": "spawn", "leaseTime": 600}})
    bed.add()
    plug(bed)

    (process,) = bed.serving()

    assert "Uid:\t65534\t65534\t65534\t65534" in open(f"/proc/{process}/status").read()
    assert privileges(process) == NO_PRIVILEGES
    assert oct(os.stat(bed.records).st_mode & 0o777) == "0o700", "others read which process it is"
    assert offered(bed) == VM[4]


def test_CHECK_sees_it_alive_or_dead_and_DEL_succeeds_without_it(beds):
    bed = beds(SPAWNED)
    with bed.unchanged():
        result = bed.add()
        bed.check()
        (process,) = bed.serving()
        os.kill(process, signal.SIGKILL)
        assert until(lambda: not bed.serving())
        error = bed.call("CHECK", prevResult=result)
        assert (error.status, error.reply.get("msg")) == (1, "the VM's address service is not running")
        bed.delete()


def test_DEL_ends_it_and_nothing_else(beds):
    bed = beds(SPAWNED)
    bed.add()
    assert len(bed.serving()) == 1
    with bed.pod.inside():
        bystander = subprocess.Popen(["sleep", "60"])

    bed.delete()

    assert bed.serving() == []
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_GC_ends_services_of_attachments_that_are_not_valid_any_more_and_no_others(beds):
    bed = beds(SPAWNED)
    bed.add()
    for valid in ([{"containerID": "vm-pod", "ifname": "net1"}], []):
        answer = bed.call("GC", **{"cni.dev/valid-attachments": valid})
        assert answer[:2] == (0, "")
        assert len(bed.serving()) == len(valid)
    assert bed.call("STATUS")[:2] == (0, "")
