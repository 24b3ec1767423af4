# SPDX-License-Identifier: Apache-2.0
"""The manifests of examples/ fit together: what an object names exists and is what the object expects."""

import ipaddress
import json

import pytest
from found import manifests
from harness import manifest

INJECTED = "sidecar.istio.io/inject"
REROUTED = "istio.io/reroute-virtual-interfaces"
KINDS = ("KubeVirt", "NetworkAttachmentDefinition", "NodeNetworkConfigurationPolicy", "Service", "VirtualMachine")


def of_kind(kind):
    """The objects of a kind, by name."""
    return {thing["metadata"]["name"]: thing for _, thing in manifests() if thing["kind"] == kind}


def each(kind):
    """One test for each object of a kind."""
    return pytest.mark.parametrize("thing", of_kind(kind).values(), ids=of_kind(kind))


def network_of(thing):
    """The CNI configuration of a NetworkAttachmentDefinition."""
    return json.loads(thing["spec"]["config"])


def bindings():
    """The registered network bindings, by name."""
    return {name: binding for thing in of_kind("KubeVirt").values()
            for name, binding in thing["spec"]["configuration"]["network"]["binding"].items()}


def attachment_of(binding):
    """The attachment that a registered binding names as NAMESPACE/NAME."""
    namespace, name = binding["networkAttachmentDefinition"].split("/")
    thing = of_kind("NetworkAttachmentDefinition")[name]
    assert thing["metadata"].get("namespace") == namespace
    return network_of(thing)


def test_every_kind_is_judged():
    assert {thing["kind"] for _, thing in manifests()} == set(KINDS)


@each("NetworkAttachmentDefinition")
def test_a_network_has_the_name_of_its_attachment_and_a_policy_makes_its_bridge(thing):
    configuration = network_of(thing)
    assert configuration["name"] == thing["metadata"]["name"]
    if configuration["type"] == "cnv-bridge":
        resource = thing["metadata"]["annotations"]["k8s.v1.cni.cncf.io/resourceName"]
        assert resource == f"bridge.network.kubevirt.io/{configuration['bridge']}"
        assert configuration["bridge"] in {
            interface["name"] for policy in of_kind("NodeNetworkConfigurationPolicy").values()
            for interface in policy["spec"]["desiredState"]["interfaces"]
            if interface["type"] == "linux-bridge"}


@pytest.mark.parametrize("name", bindings())
def test_a_binding_calls_an_attachment_that_makes_the_tap_KubeVirt_opens(name):
    binding = bindings()[name]
    configuration = attachment_of(binding)
    assert (configuration["type"], binding["domainAttachmentType"]) == ("masquerade", "tap")
    # virt-launcher opens tap0 as user 107.
    assert (configuration.get("tap", "tap0"), configuration.get("owner")) == ("tap0", 107)


@each("VirtualMachine")
def test_a_machine_uses_networks_and_bindings_that_exist(thing):
    template = thing["spec"]["template"]
    spec = template["spec"]
    interfaces = {i["name"]: i for i in spec["domain"]["devices"]["interfaces"]}
    assert set(interfaces) == {n["name"] for n in spec["networks"]}
    assert {d["name"] for d in spec["domain"]["devices"]["disks"]} == {v["name"] for v in spec["volumes"]}
    wanted = {n["multus"]["networkName"] for n in spec["networks"] if "multus" in n}
    assert wanted <= set(of_kind("NetworkAttachmentDefinition"))
    for configuration in configurations_of(template):
        judge_mesh(template, configuration)
        for volume in spec["volumes"]:
            if text := volume.get("cloudInitNoCloud", {}).get("networkData"):
                judge_network_data(manifest.load(text), configuration)


def configurations_of(template):
    """The masquerade configurations that a VM's bindings call."""
    for interface in template["spec"]["domain"]["devices"]["interfaces"]:
        if "binding" in interface:
            yield attachment_of(bindings()[interface["binding"]["name"]])


def judge_mesh(template, configuration):
    """A pod with Envoy says so and reroutes the bridge; one without does neither."""
    annotations = template.get("metadata", {}).get("annotations", {})
    bridge = "k6t-" + configuration["podInterface"]
    found = (annotations.get(INJECTED) == "true", annotations.get(REROUTED) == bridge)
    assert found == (configuration.get("istio", False),) * 2


def judge_network_data(data, configuration):
    """cloud-init sets the address and gateway that the rules expect."""
    network = ipaddress.ip_network(configuration.get("vmIPv6NetworkCIDR", "fd10:0:2::/120"), strict=False)
    card = data["ethernets"]["eth0"]
    assert (card["addresses"], card["gateway6"]) == ([f"{network[2]}/{network.prefixlen}"], str(network[1]))


@each("Service")
def test_a_service_selects_machines_that_list_its_target_ports(thing):
    spec = thing["spec"]
    templates = [machine["spec"]["template"] for machine in of_kind("VirtualMachine").values()]
    chosen = [template for template in templates
              if spec["selector"].items() <= template.get("metadata", {}).get("labels", {}).items()]
    assert chosen, "it selects no VM"
    for configuration in (c for template in chosen for c in configurations_of(template)):
        listed = {(p.get("protocol", "TCP"), p["port"]) for p in configuration["ports"]}
        assert {(port["protocol"], int(port["targetPort"])) for port in spec["ports"]} <= listed
