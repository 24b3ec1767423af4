# SPDX-License-Identifier: Apache-2.0
"""Judges whether the objects of examples/ fit together, without a cluster."""

import ipaddress
import json

import yamlsubset

from .found import Failure, objects

INJECTED = "sidecar.istio.io/inject"
REROUTED = "istio.io/reroute-virtual-interfaces"


class Objects:
    """Every object, by kind and name."""

    def __init__(self):
        self.attachments, self.machines, self.services = {}, {}, {}
        self.bridges, self.bindings = set(), {}
        for path, thing in objects():
            self.take(path.name, thing, thing["kind"], thing["metadata"]["name"], thing["spec"])

    def take(self, file, thing, kind, name, spec):
        """Keeps one object."""
        if kind == "NetworkAttachmentDefinition":
            self.attachments[name] = (file, thing, json.loads(spec["config"]))
        elif kind == "NodeNetworkConfigurationPolicy":
            interfaces = spec["desiredState"]["interfaces"]
            self.bridges |= {i["name"] for i in interfaces if i["type"] == "linux-bridge"}
        elif kind == "VirtualMachine":
            self.machines[name] = (file, spec["template"])
        elif kind == "KubeVirt":
            self.bindings |= spec["configuration"]["network"]["binding"]
        elif kind == "Service":
            self.services[name] = (file, spec)
        else:
            raise Failure(f"{file}: kind {kind} is not known here")


def judge():
    """What an object names is there, and is what the object takes it for."""
    every = Objects()
    for name, (file, thing, configuration) in every.attachments.items():
        judge_attachment(every, file, name, thing, configuration)
    for name, binding in every.bindings.items():
        judge_binding(every, name, binding)
    for file, template in every.machines.values():
        judge_machine(every, file, template)
    for file, spec in every.services.values():
        judge_service(every, file, spec)


def judge_attachment(every, file, name, thing, configuration):
    """A network has its attachment's name, and a policy makes its bridge."""
    if configuration["name"] != name:
        raise Failure(f"{file}: its configuration has another name")
    if configuration["type"] != "cnv-bridge":
        return
    resource = thing["metadata"]["annotations"]["k8s.v1.cni.cncf.io/resourceName"]
    if resource != f"bridge.network.kubevirt.io/{configuration['bridge']}":
        raise Failure(f"{file}: resource {resource} is not its bridge's")
    if configuration["bridge"] not in every.bridges:
        raise Failure(f"{file}: no policy makes bridge {configuration['bridge']}")


def judge_binding(every, name, binding):
    """A binding calls an attachment that makes the tap KubeVirt looks for."""
    namespace, attachment = binding["networkAttachmentDefinition"].split("/")
    file, thing, configuration = every.attachments.get(attachment) or (None, None, None)
    if file is None or thing["metadata"].get("namespace") != namespace:
        raise Failure(f"no example is the attachment {namespace}/{attachment} of binding {name}")
    if configuration["type"] != "masquerade" or binding["domainAttachmentType"] != "tap":
        raise Failure(f"binding {name} is not one of a tap")
    if configuration.get("tap", "tap0") != "tap0" or configuration.get("owner") != 107:
        raise Failure(f"{file}: KubeVirt opens tap0 as user 107")


def judge_machine(every, file, template):
    """A VM's interfaces name networks and bindings that are there."""
    spec = template["spec"]
    interfaces = {i["name"]: i for i in spec["domain"]["devices"]["interfaces"]}
    networks = {n["name"]: n for n in spec["networks"]}
    disks = {d["name"] for d in spec["domain"]["devices"]["disks"]}
    if set(interfaces) != set(networks) or disks != {v["name"] for v in spec["volumes"]}:
        raise Failure(f"{file}: interfaces and networks, or disks and volumes, differ in names")
    for network in networks.values():
        wanted = network.get("multus", {}).get("networkName")
        if wanted and wanted not in every.attachments:
            raise Failure(f"no example is the attachment {wanted} that a VM names")
    bindings = {i["binding"]["name"] for i in interfaces.values() if "binding" in i}
    if bindings - set(every.bindings):
        raise Failure(f"{file}: its binding is not registered")
    for configuration in configurations_of(every, template):
        judge_mesh(file, template, configuration)
        for volume in spec["volumes"]:
            if text := volume.get("cloudInitNoCloud", {}).get("networkData"):
                judge_network_data(file, yamlsubset.load(text), configuration)


def configurations_of(every, template):
    """The masquerade configurations that a VM's bindings call."""
    for interface in template["spec"]["domain"]["devices"]["interfaces"]:
        if "binding" in interface:
            binding = every.bindings[interface["binding"]["name"]]
            yield every.attachments[binding["networkAttachmentDefinition"].split("/")[1]][2]


def judge_mesh(file, template, configuration):
    """A pod with Envoy says so, and reroutes the bridge; one without does neither."""
    annotations = template.get("metadata", {}).get("annotations", {})
    bridge = "k6t-" + configuration["podInterface"]
    found = (annotations.get(INJECTED) == "true", annotations.get(REROUTED) == bridge)
    if found != (configuration.get("istio", False),) * 2:
        raise Failure(f"{file}: its annotations and the attachment disagree about Istio")


def judge_network_data(file, data, configuration):
    """What cloud-init sets is the address and gateway that the rules expect."""
    text = configuration.get("vmIPv6NetworkCIDR", "fd10:0:2::/120")
    network = ipaddress.ip_network(text, strict=False)
    card = data["ethernets"]["eth0"]
    wanted = [f"{network[2]}/{network.prefixlen}"], str(network[1])
    if (card["addresses"], card["gateway6"]) != wanted:
        raise Failure(f"{file}: cloud-init sets another address or gateway than {text} has")


def judge_service(every, file, spec):
    """A Service selects VMs, and each lists its target ports."""
    chosen = [
        template for _, template in every.machines.values()
        if spec["selector"].items() <= template.get("metadata", {}).get("labels", {}).items()
    ]
    if not chosen:
        raise Failure(f"{file}: it selects no VM")
    for configuration in (c for template in chosen for c in configurations_of(every, template)):
        listed = {(p.get("protocol", "TCP"), p["port"]) for p in configuration["ports"]}
        for port in spec["ports"]:
            if (port["protocol"], int(port["targetPort"])) not in listed:
                raise Failure(f"{file}: {configuration['name']} does not list {port['targetPort']}")
