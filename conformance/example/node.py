# SPDX-License-Identifier: Apache-2.0
"""A node and a container as network namespaces, and a runtime for one network."""

import json
import os
import pathlib
import subprocess

from .found import PROJECT, Failure

CACHE = pathlib.Path(os.environ.get("CONFORMANCE_CACHE", PROJECT / "conformance/.cache"))
MAC = "02:00:00:00:00:0a"


def run(*command, **settings):
    """Runs a program."""
    return subprocess.run(command, capture_output=True, text=True, **settings)


def must(*command, **settings):
    """Runs a program that must succeed, and returns what it says."""
    done = run(*command, **settings)
    if done.returncode != 0:
        shown = " ".join(str(word) for word in command[-3:])
        raise Failure(f"'{shown}': {(done.stderr + done.stdout).strip()}")
    return done.stdout


class Node:
    """What a runtime needs to call plugins."""

    def __init__(self, plugins, folder, configuration):
        self.network = configuration["name"]
        suffix = "conflist" if "plugins" in configuration else "conf"
        (folder / f"10-network.{suffix}").write_text(json.dumps(configuration))
        self.environment = {
            "PATH": os.environ["PATH"],
            "NETCONFPATH": str(folder),
            "CNI_PATH": f"{plugins}:{CACHE}/go-plugins/1.9.1",
            "CNI_IFNAME": "net1",
            "CNI_ARGS": f"IgnoreUnknown=true;K8S_POD_NAME=vm;MAC={MAC}",
            "CAP_ARGS": json.dumps({"mac": MAC}),
        }

    def __enter__(self):
        for name in ("node", "pod"):
            must("ip", "netns", "add", name)
        return self

    def __exit__(self, *_):
        for name in ("node", "pod"):
            run("ip", "netns", "delete", name)

    def give_pod_an_interface(self, name):
        """What the cluster's own network made before the plugin is called beside it."""
        lines = (
            f"-n node link add v0 type veth peer name {name} netns pod", "-n node link set v0 up",
            f"-n pod link set {name} up", f"-n pod addr add 10.244.0.37/24 dev {name}",
            f"-n pod addr add fd00:244::37/64 dev {name} nodad",
        )
        for line in lines:
            must("ip", *line.split())

    def inside(self, *command, namespace="node"):
        """Runs a program in the node or the pod."""
        return must("ip", "netns", "exec", namespace, *command)

    def call(self, verb):
        """Has libcni perform a verb."""
        tool = [CACHE / "bin/cnitool", verb, self.network, "/run/netns/pod"]
        return must("ip", "netns", "exec", "node", *tool, env=self.environment)

    def links(self, namespace="node"):
        """The links of the node or the pod by name."""
        shown = self.inside("ip", "-j", "link", "show", namespace=namespace)
        return {link["ifname"]: link for link in json.loads(shown)}
