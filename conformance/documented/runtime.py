# SPDX-License-Identifier: Apache-2.0
"""A node, a pod, and a runtime (libcni) that attaches the pod to one network."""

import json
import os
from pathlib import Path

from harness.place import Place

CACHE = Path(os.environ.get("CONFORMANCE_CACHE", Path(__file__).resolve().parents[1] / ".cache"))
MAC = "02:00:00:00:00:0a"


class Runtime:
    """Calls plugins for one network through cnitool."""

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
        self.node, self.pod = Place.create("node"), Place.create("pod")

    def end(self):
        """Deletes the node and the pod."""
        for place in (self.pod, self.node):
            place.end()

    def give_pod_an_interface(self, name):
        """What the cluster's own network made before the plugin is called beside it."""
        for line in (
            f"link add v0 type veth peer name {name} netns pod", "link set v0 up",
            f"-n pod link set {name} up", f"-n pod addr add 10.244.0.37/24 dev {name}",
            f"-n pod addr add fd00:244::37/64 dev {name} nodad",
        ):
            self.node.ip(line)

    def call(self, verb):
        """Has libcni perform a verb, which must succeed; returns what it prints."""
        tool = str(CACHE / "bin/cnitool")
        return self.node.execute(tool, verb, self.network, self.pod.path, env=self.environment).stdout
