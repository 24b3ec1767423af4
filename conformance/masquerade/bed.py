# SPDX-License-Identifier: Apache-2.0
"""Namespaces that stand for a client, a pod and a VM, and the plugin's verbs on the pod."""

import json
import os
import subprocess
import sys

from namespace import Namespace

CLIENT = {4: "10.244.0.10", 6: "fd00:244::10"}
POD = {4: "10.244.0.37", 6: "fd00:244::37"}
VM = {4: "10.0.2.2", 6: "fd10:0:2::2"}
GATEWAY = {4: "10.0.2.1", 6: "fd10:0:2::1"}
FAR = {4: "203.0.113.5", 6: "2001:db8::5"}
LENGTH = {4: 24, 6: 64}


class Bed:
    """A client and a pod on one link, a VM without any yet, and a plugin to connect it with."""

    def __init__(self, plugin, families=(4, 6), configuration=None):
        self.plugin = plugin
        with open(plugin, "rb") as program:
            self.is_sanitized = b"__asan_init" in program.read()
        self.families = families
        tag = f"masq-{os.getpid()}"
        self.client = Namespace(f"{tag}-client")
        self.pod = Namespace(f"{tag}-pod")
        self.vm = Namespace(f"{tag}-vm")
        self.configuration = {
            "cniVersion": "1.1.0", "name": f"{tag}-net", "type": "masquerade",
            **(configuration or {}),
        }
        self.result = None
        self.connect()

    def connect(self):
        """The link between client and pod, with addresses of the families."""
        self.pod.ip(f"link add eth0 type veth peer name c0 netns {self.client.name}")
        for namespace, link in ((self.pod, "eth0"), (self.client, "c0")):
            namespace.ip(f"link set {link} up")
        for family in self.families:
            prefix = LENGTH[family]
            flag = "nodad" if family == 6 else ""
            self.pod.ip(f"addr add {POD[family]}/{prefix} dev eth0 {flag}")
            self.client.ip(f"addr add {CLIENT[family]}/{prefix} dev c0 {flag}")
            self.client.ip(f"addr add {FAR[family]} dev lo")
            self.pod.ip(f"-{family} route add default via {CLIENT[family]}")
        for family, network in ((4, "10.0.2.0/24"), (6, "fd10:0:2::/120")):
            if family in self.families:
                self.client.ip(f"-{family} route add {network} via {POD[family]}")

    def environment(self, command):
        """The variables of a command."""
        return {
            "PATH": os.environ["PATH"], "CNI_COMMAND": command, "CNI_CONTAINERID": "vm-pod",
            "CNI_NETNS": self.pod.path, "CNI_IFNAME": "net1", "CNI_PATH": "/nowhere",
        }

    def text(self):
        """The configuration as JSON."""
        return json.dumps(self.configuration)

    def run(self, command, configuration=None, **environment):
        """Calls the plugin; returns its exit status and what it says as JSON."""
        done = subprocess.run(
            [self.plugin], input=json.dumps(configuration or self.configuration), text=True,
            capture_output=True, env={**self.environment(command), **environment},
        )
        if done.stderr:
            print(done.stderr, end="", file=sys.stderr)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}

    def add(self):
        """Has the plugin put the VM behind the pod; it must succeed."""
        status, result = self.run("ADD")
        if status:
            raise SystemExit(f"ADD failed: {result}")
        self.result = result

    def checked(self):
        """The configuration for CHECK: with the result of ADD."""
        return {**self.configuration, "prevResult": self.result}

    def address_vm(self):
        """Gives the VM the addresses that it would get from its address service."""
        for family in self.families:
            flag = "nodad" if family == 6 else ""
            length = 24 if family == 4 else 120
            self.vm.ip(f"addr add {VM[family]}/{length} dev eth0 {flag}")
            self.vm.ip(f"-{family} route add default via {GATEWAY[family]}")

    def state(self):
        """What the pod has, to compare before and after."""
        settings = [
            line for line in self.pod.execute("sysctl", "-a", "-r", r"^net\.").stdout.splitlines()
            if "nf_conntrack_count" not in line
        ]
        return (
            sorted(line.split()[0] for line in self.pod.ip("-br link").splitlines()),
            self.pod.execute("nft", "list", "ruleset").stdout,
            settings,
        )

    def changes(self, before):
        """What has come and gone of the pod's links, rules and settings since a state."""
        old, new = ({*links, *rules.splitlines(), *settings}
                    for links, rules, settings in (before, self.state()))
        return sorted([f"- {each}" for each in old - new] + [f"+ {each}" for each in new - old])

    def end(self):
        """Takes everything away."""
        self.run("DEL")
        for namespace in (self.vm, self.pod, self.client):
            namespace.end()
