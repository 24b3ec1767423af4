# SPDX-License-Identifier: Apache-2.0
"""Attachments of a VM to a pod's network, and namespaces that stand for a client, the pod and the VM."""

import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import talk
from harness.place import Place, settings
from harness.until import until
from tap import plug

CLIENT = {4: "10.244.0.10", 6: "fd00:244::10"}
POD = {4: "10.244.0.37", 6: "fd00:244::37"}
VM = {4: "10.0.2.2", 6: "fd10:0:2::2"}
GATEWAY = {4: "10.0.2.1", 6: "fd10:0:2::1"}
FAR = {4: "203.0.113.5", 6: "2001:db8::5"}
BRIDGE_MAC = "02:00:00:00:00:00"
ROUTER = "fe80::ff:fe00:0"  # the bridge on its link

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
SPAWNED = {**LISTED, "dhcp": {"mode": "spawn"}}
# For a second attachment of a pod.
BESIDE = {"podInterface": "net2", "tap": "tap1", "vmNetworkCIDR": "10.0.3.0/24",
          "vmIPv6NetworkCIDR": "fd10:0:3::/120"}


class Answer(NamedTuple):
    """How a call of the plugin ended."""

    status: int
    text: str
    said: str

    @property
    def reply(self):
        return json.loads(self.text) if self.text.strip() else {}


class Attachment:
    """What the plugin is called for, and its verbs."""

    def __init__(self, plugin, pod, configuration, **environment):
        self.plugin, self.pod = str(plugin), pod
        self.configuration = {
            "cniVersion": "1.1.0", "name": "net", "type": "masquerade", **configuration}
        self.variables = {
            "PATH": os.environ["PATH"], "CNI_CONTAINERID": "vm-pod", "CNI_NETNS": pod.path,
            "CNI_IFNAME": "net1", "CNI_PATH": "/nowhere", **environment}
        self.result = None

    @property
    def label(self):
        """What links and tables of the attachment are labelled with."""
        return f"masquerade net {self.variables['CNI_CONTAINERID']} {self.variables['CNI_IFNAME']}"

    @property
    def records(self):
        """Where ADD keeps which process serves an attachment of this network."""
        return f"/run/cni/masquerade/{self.configuration['name']}"

    def environment(self, command):
        """The variables of a command."""
        return {**self.variables, "CNI_COMMAND": command}

    def text(self, **keys):
        """The configuration as JSON."""
        return json.dumps({**self.configuration, **keys})

    def call(self, command, wrapper=(), environment=None, stdout=subprocess.PIPE, **keys):
        """Calls the plugin, by way of a wrapper and with other keys and variables where there are any."""
        done = subprocess.run(
            [*wrapper, self.plugin], input=self.text(**keys), text=True, errors="replace",
            stdout=stdout, stderr=subprocess.PIPE,
            env={**self.environment(command), **(environment or {})})
        return Answer(done.returncode, done.stdout or "", done.stderr)

    def strace(self, command, rule):
        """Calls the plugin with a fault injected."""
        return self.call(command, ("strace", "-qqf", "-o", os.devnull, "-e", f"inject={rule}"))

    @contextlib.contextmanager
    def halfway(self, command, call, number):
        """The middle of a verb, which waits for a second as it is about to make a call for the n-th time."""
        trace = Path("/tmp/trace")
        process = subprocess.Popen(
            ["strace", "-qqf", "-o", trace, "-e", f"trace={call}",
             "-e", f"inject={call}:delay_enter=1000000:when={number}", self.plugin],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment(command))
        with process:
            process.stdin.write(self.text())
            process.stdin.close()
            # The call is written down before the wait, its end after that.
            assert until(lambda: trace.exists() and trace.read_text().count(f"{call}(") == number)
            yield
        trace.unlink()
        assert process.returncode == 0

    def add(self, **keys):
        """Has the plugin attach the VM, which must succeed; returns the result."""
        answer = self.call("ADD", **keys)
        assert answer.status == 0, f"ADD failed: {answer}"
        self.result = answer.reply
        return self.result

    def check(self):
        """CHECK, which must be content and say nothing."""
        answer = self.call("CHECK", prevResult=self.result)
        assert answer[:2] == (0, ""), f"CHECK failed: {answer}"

    def delete(self, **keys):
        """DEL, which must succeed and say nothing."""
        answer = self.call("DEL", **keys)
        assert answer[:2] == (0, ""), f"DEL failed: {answer}"

    def refused(self, command, code, words="", **keys):
        """A call that must fail with a code and words in its message; returns the error."""
        answer = self.call(command, **keys)
        assert (answer.status, answer.reply.get("code")) == (1, code), f"{command}: {answer}"
        assert words in answer.reply["msg"], f"{command}: {answer}"
        return answer.reply

    def serving(self):
        """The address services in the pod's namespace."""
        found = self.pod.ip(f"netns pids {self.pod.name}").split()
        lines = {}
        for number in found:
            with contextlib.suppress(OSError):
                lines[int(number)] = open(f"/proc/{number}/cmdline").read().split("\0")
        return [number for number, words in lines.items() if words[:2] == ["masquerade", "dhcp"]]


class Bed(Attachment):
    """A client and a pod on one link, a VM without any yet, and a plugin to connect it with."""

    def __init__(self, plugin, configuration=None, families=(4, 6)):
        self.client, pod, self.vm = (Place.create(name) for name in ("client", "pod", "vm"))
        super().__init__(plugin, pod, configuration or {})
        self.families = families
        with open(plugin, "rb") as program:
            self.is_sanitized = b"__asan_init" in program.read()
        self.client.ip("link add c0 type veth peer name eth0 netns pod")
        self.client.ip("link set c0 up")
        pod.ip("link set eth0 up")
        for family in families:
            give(pod, "eth0", POD[family])
            give(self.client, "c0", CLIENT[family])
            self.client.ip(f"addr add {FAR[family]} dev lo")
            pod.ip(f"-{family} route add default via {CLIENT[family]}")
            network = "10.0.2.0/24" if family == 4 else "fd10:0:2::/120"
            self.client.ip(f"-{family} route add {network} via {POD[family]}")

    def beside(self, **environment):
        """A second attachment of the pod, to a separate interface."""
        self.pod.ip("link add net2 type veth peer name far2")
        self.pod.ip("link set net2 up")
        give(self.pod, "net2", "192.0.2.1")
        give(self.pod, "net2", "2001:db8:2::1")
        return Attachment(self.plugin, self.pod, {**self.configuration, **BESIDE},
                          **{"CNI_IFNAME": "net7", **environment})

    def connect(self):
        """Plugs the VM in, with addresses."""
        plug(self)
        self.address()

    def address(self):
        """Gives the VM the addresses that it would get from its address service."""
        for family in self.families:
            give(self.vm, "eth0", VM[family], 24 if family == 4 else 120)
            self.vm.ip(f"-{family} route add default via {GATEWAY[family]}")

    def prepare(self):
        """From nothing to a VM that is plugged in and addressed, with servers everywhere."""
        self.add()
        self.connect()
        talk.start_servers(self)
        for family in self.families:
            self.ping(self.vm, GATEWAY[family])
            self.ping(self.client, POD[family])
        return self

    @staticmethod
    def ping(place, address):
        """Has a place hear from an address: what it sent before has arrived."""
        assert until(lambda: place.call(talk.ping, address).startswith(f"reply from {address} "))

    def state(self):
        """What the pod has, in lines."""
        links = sorted(line.split()[0] for line in self.pod.ip("-br link").splitlines())
        return [*links, *self.pod.nft("list ruleset").splitlines(), *sorted(self.pod.call(settings))]

    @contextlib.contextmanager
    def unchanged(self, but=()):
        """Demands that the pod is afterwards what it was, but for lines that begin so."""
        before = self.state()
        yield
        after = self.state()
        old, new = ([line for line in lines if not line.startswith(tuple(but))]
                    for lines in (before, after))
        changes = [*(f"- {line}" for line in old if line not in new),
                   *(f"+ {line}" for line in new if line not in old)]
        assert old == new, f"the pod is not what it was: {changes}"

    def end(self):
        """Takes everything away."""
        self.call("DEL")
        for place in (self.vm, self.pod, self.client):
            place.end()


def give(place, link, address, length=None):
    """Gives an interface an address at once."""
    length = length or (64 if ":" in address else 24)
    place.ip(f"addr add {address}/{length} dev {link} {'nodad' if ':' in address else ''}")


def link_local(place, interface):
    """The address of an interface on its link."""
    found = json.loads(place.ip(f"-j -6 addr show dev {interface} scope link"))
    return next(address["local"] for link in found for address in link.get("addr_info", ())
                if "local" in address)
