# SPDX-License-Identifier: Apache-2.0
"""Checks that the runner detects faults: a suite that cannot fail proves nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from . import case, leftovers, report, suite
from .case import Case, CaseError, Instance
from .matching import Bindings
from .schedule import Outcome

_NETWORK = {"cniVersion": "1.0.0", "name": "net", "type": "cnv-bridge", "bridge": "br1"}


def _case(*steps: dict[str, Any], **more: Any) -> Case:
    data = {"source": ["self-test"], "steps": list(steps), "twice": False, **more}
    case.judge("self/test", data)
    return Case("self/test", data, {"net": copy.deepcopy(_NETWORK)})


def _outcome(subject: Case, strict: bool = False) -> Outcome:
    """Runs a case against the packaged Go plugin, whose behaviour is known."""
    return next(suite.run(subject.instances()[:1], suite.PEERS / "1.9.1", 1, strict, 2.0))


def _fails(words: str, *steps: dict[str, Any], **more: Any) -> bool:
    outcome = _outcome(_case(*steps, **more))
    return outcome.state == "failed" and words in " ".join(outcome.problems)


def _links(**links: Any) -> dict[str, Any]:
    return {"add": "pod", "expect": {"on": {"pod": {"links": links}}}}


def _refused(**data: Any) -> bool:
    try:
        _case({"add": "pod"}, **data)
    except CaseError:
        return True
    return False


def _broken_expectation_is_refused() -> bool:
    try:
        _case({"add": "pod", "expect": {"results": {}}})
    except CaseError:
        return True
    return False


def _placeholder_must_agree() -> bool:
    bindings = Bindings()
    return not bindings.problems(["${mac}", "${mac}"], ["a", "a"]) and bool(
        bindings.problems("${mac}", "b"))


def _skipped(subject: Case) -> Outcome:
    return Outcome(Instance(subject, "1.0.0", {}, ""), "skipped", ("kernel lacks X",))


def _skip_is_not_a_pass() -> bool:
    text = report.summary([_skipped(_case({"add": "pod"}))], 0)
    return text.endswith("conformance: 0 passed, 0 failed, 1 skipped")


_SPOOFED = {"frames": [{"from": "a", "src": "02:00:00:00:00:99", "reaches": []}]}

CHECKS: dict[str, Callable[[], bool]] = {
    "a right expectation passes": lambda: _outcome(_case(
        _links(eth0={"operstate": "UP"}))).state == "passed",
    "a wrong value fails": lambda: _fails(
        "operstate", _links(eth0={"operstate": "SIDEWAYS"})),
    "a link that is not there fails": lambda: _fails(
        "eth7: missing", _links(eth7={"mtu": 1500})),
    "a link that should not be there fails": lambda: _fails(
        "expected none", _links(eth0={"$absent": True})),
    "an error that does not come fails": lambda: _fails(
        "succeeded", {"add": "pod", "expect": {"error": {"code": 7}}}),
    "an error nobody expects fails": lambda: _fails(
        "failed", {"add": "pod", "config": {"vlan": 5000}}),
    "a frame that passes and should not fails": lambda: _fails(
        "frame", {"add": "a"}, {"add": "b"}, _SPOOFED, containers=["a", "b"]),
    "a frame that should pass and does not fails": lambda: _fails(
        "frame", {"add": "a"}, {"frames": [{"from": "a", "reaches": ["b"]}]},
        containers=["a", "b"], given={"b": ["ip link add eth0 type veth peer name x",
                                            "ip link set eth0 up"]}),
    "a datagram that does not arrive fails": lambda: _fails(
        "arrives", {"add": "pod"}, {"talk": "192.0.2.9", "from": "pod", "at": "host"}),
    "a link left after DEL is found": lambda: _fails(
        "left: host: link forgotten", {"add": "pod"},
        {"change": {"host": ["ip link add forgotten type bridge"]}}),
    "a link taken by DEL is found": lambda: _fails(
        "gone: host: link mine", {"add": "pod"}, {"change": {"host": ["ip link del mine"]}},
        given={"host": ["ip link add mine type bridge"]}),
    "a rule left after DEL is found": lambda: _fails(
        "left: host: rule ip t c: counter", {"add": "pod"}, {"change": {"host": [
            "nft add table ip t", "nft add chain ip t c", "nft add rule ip t c counter"]}}),
    "a chain of one device left after DEL is found": lambda: bool(leftovers.differences(
        [], ['host: rule netdev t c', 'host: rule netdev t c: type filter hook ingress device "v" '
             'priority 0; policy accept;'], None)),
    "a table without rules may stay": lambda: not leftovers.differences(
        [], ["host: rule bridge nat", "host: rule bridge nat PREROUTING",
             "host: rule bridge nat PREROUTING: type filter hook prerouting priority 0; "
             "policy accept;"], None),
    "a lease left after DEL is found": lambda: bool(leftovers.differences(
        [], ["file /var/lib/cni/networks/net/10.1.2.2 b'ctr-pod'"], "br1")),
    "what the case needs and lacks skips it": lambda: _outcome(_case(
        {"add": "pod"}, needs=["tool:no-such-tool"])).state == "skipped",
    "a skip is a failure where nothing may be skipped": lambda: _outcome(_case(
        {"add": "pod"}, needs=["tool:no-such-tool"]), strict=True).state == "failed",
    "a skipped case is not counted as passed": _skip_is_not_a_pass,
    "a placeholder binds once": _placeholder_must_agree,
    "a misspelt key of a case is refused": lambda: _refused(step=[]),
    "a case without source is refused": lambda: _refused(source=[]),
    "an expectation nobody reads is refused": _broken_expectation_is_refused,
}


def main() -> int:
    wrong = []
    for name, check in CHECKS.items():
        if not check():
            wrong.append(name)
            print(f"FAILED {name}")
    passed = len(CHECKS) - len(wrong)
    print(f"self-test: {passed} passed, {len(wrong)} failed, 0 skipped")
    return 1 if wrong else 0
