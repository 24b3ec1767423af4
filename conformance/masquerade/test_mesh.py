# SPDX-License-Identifier: Apache-2.0
"""A pod in Istio's mesh: the rules that Istio installs, and a small proxy in Envoy's place."""

import os
import socket
from pathlib import Path

import pytest

import talk
from attachment import CLIENT, GATEWAY, POD, VM
from envoy import envoy
from probing import heard, table

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("CONFORMANCE_CACHE", HERE.parent / ".cache"))
IPTABLES = CACHE / "iptables/usr"

# istio-iptables of Istio 1.2x: REDIRECT mode, every port, KubeVirt's interface rerouted.
RULES = """*nat
:ISTIO_INBOUND - [0:0]
:ISTIO_IN_REDIRECT - [0:0]
:ISTIO_OUTPUT - [0:0]
:ISTIO_REDIRECT - [0:0]
-A PREROUTING -i k6t-eth0 -j ISTIO_REDIRECT
-A PREROUTING -i k6t-eth0 -j RETURN
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -p tcp -j ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A ISTIO_OUTPUT -s {inner} -o lo -j RETURN
-A ISTIO_OUTPUT ! -d {loopback} -o lo -p tcp ! --dport 15008 -m owner --uid-owner 1337 \
-j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT ! -d {loopback} -o lo -p tcp ! --dport 15008 -m owner --gid-owner 1337 \
-j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d {loopback} -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
"""


def install(bed):
    """Installs Istio's rules of both families; skips where the kernel refuses them."""
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(IPTABLES / "lib/x86_64-linux-gnu"),
        "XTABLES_LIBDIR": str(IPTABLES / "lib/x86_64-linux-gnu/xtables"),
    }
    bed.pod.ip("addr add ::6/128 dev lo")
    for program, inner, loopback in (
        ("iptables-restore", "127.0.0.6/32", "127.0.0.1/32"),
        ("ip6tables-restore", "::6/128", "::1/128"),
    ):
        done = bed.pod.execute(
            str(IPTABLES / "sbin/xtables-nft-multi"), program, check=False,
            input=RULES.format(inner=inner, loopback=loopback), env=environment)
        if done.returncode:
            pytest.skip(done.stderr.strip())


@pytest.mark.needs("setup:iptables")
@pytest.mark.parametrize("is_first", [True, False], ids=["Istio first", "Istio last"])
def test_every_probe_hears_what_the_table_says_beside_a_sidecar(beds, is_first):
    bed = beds({"istio": True, "owner": 107})
    if is_first:
        install(bed)
    bed.prepare()
    if not is_first:
        install(bed)
    bed.pod.start(envoy)
    wanted = table("mesh-no-list")

    assert heard(bed, wanted) == wanted
    bed.check()


@pytest.mark.needs("setup:iptables")
def test_with_a_list_the_sidecars_pod_hands_on_what_is_listed_only(beds):
    bed = beds({"istio": True, "owner": 107, "ports": [
        {"port": 22}, {"port": 1500}, {"port": 5353, "protocol": "UDP"}]})
    install(bed)
    bed.prepare()
    bed.pod.start(envoy)
    wanted = {
        "ext tcp 10.244.0.37:1500": "[envoy-in] VM peer=10.0.2.1 local=10.0.2.2",
        "ext tcp 10.244.0.37:1501": "[envoy-in] Connection refused",
        "ext tcp 10.244.0.37:22": "VM peer=10.244.0.10 local=10.0.2.2",
        "ext udp 10.244.0.37:5353": "VM peer=10.244.0.10",
        "ext udp 10.244.0.37:9000": "Connection refused",
        "ext tcp fd00:244::37:1500": "[envoy-in] VM peer=fd10:0:2::1 local=fd10:0:2::2",
    }

    assert heard(bed, wanted) == wanted


@pytest.mark.parametrize("istio, wanted", [("ambient", f"VM peer={GATEWAY[4]} local={VM[4]}"), (True, "TIMEOUT")])
def test_ztunnel_dials_the_VM_in_ambient_mode_only(beds, istio, wanted):
    """It dials the pod's address from inside with the mark 0x539 and the client's address."""
    bed = beds({"istio": istio, "owner": 107})
    bed.pod.ip("rule add fwmark 0x111/0xfff lookup 100")
    bed.pod.ip("route add local 0.0.0.0/0 dev lo table 100")
    bed.prepare()

    assert bed.pod.call(dial_as_ztunnel, POD[4], 1500, CLIENT[4]) == wanted


def dial_as_ztunnel(address, port, source):
    """Connects from a foreign source with the mark that ztunnel sets."""
    with socket.socket() as connection:
        connection.settimeout(talk.PATIENCE)
        connection.setsockopt(socket.IPPROTO_IP, 19, 1)  # IP_TRANSPARENT
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x539)
        try:
            connection.bind((source, 0))
            connection.connect((address, port))
            return connection.recv(4096).decode()
        except OSError as error:
            return talk.failure(error)
