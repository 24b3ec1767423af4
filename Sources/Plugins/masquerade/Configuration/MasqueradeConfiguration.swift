// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import NetworkModel

/// A requested attachment, validated.
struct MasqueradeConfiguration: Equatable {
  /// The mesh that the pod is part of.
  enum Mesh: Equatable {
    case none
    /// Istio's Envoy runs in the pod and intercepts its TCP traffic.
    case sidecar
    /// Istio's ztunnel runs on the node and marks the pod's traffic.
    case ambient
  }

  /// The pod's interface whose addresses the VM uses.
  var podInterface: InterfaceName
  /// The bridge between pod and VM.
  var bridge: InterfaceName
  /// The bridge's MAC address: the guest's gateway keeps it across live migration.
  var bridgeMAC: MACAddress
  /// The interface that the VM's network card is connected to.
  var tap: InterfaceName
  /// The VM's IPv4 network; the first host is the gateway, the second the VM.
  var networkV4: IPPrefix
  /// The VM's IPv6 network, with the same layout.
  var networkV6: IPPrefix
  /// The ports that lead to the VM, merged; nil if all ports do.
  var forwarded: [PortRange]?
  /// The ports of the pod that never lead to the VM, merged.
  var reserved: [PortRange]
  /// The mesh.
  var mesh = Mesh.none
  /// The MTU in bytes, nil for that of the pod interface.
  var mtu: Int?
  /// Whether the tap is opened once for each of several queues.
  var hasManyQueues = false
  /// The user who may open the tap without a capability.
  var owner: UInt32?
  /// The group whose members may open it.
  var group: UInt32?
  /// Whether the pod's programs reach the VM's ports at 127.0.0.1.
  var forwardsLocalhost = true
  /// Whether the VM reaches itself at the pod's address.
  var allowsHairpin = true
  /// The VM's address service; nil if it is run by someone else.
  var addressService: AddressServiceConfiguration?

  /// The VM's network of a family.
  func network(_ family: IPFamily) -> IPPrefix {
    family == .v4 ? networkV4 : networkV6
  }

  /// The gateway's address of a family, with the length of the network's prefix.
  func gateway(_ family: IPFamily) -> IPPrefix {
    let network = network(family)
    return certain(IPPrefix(address: certain(network.firstHost), length: network.length))
  }

  /// The VM's address of a family.
  func guest(_ family: IPFamily) -> IPAddress {
    certain(gateway(family).address.successor)
  }

  /// Ports of the pod that belong to Envoy (Istio's documentation, "Application Requirements").
  static let meshPorts: [PortRange] = {
    let ports: [UInt16] = [15000, 15001, 15004, 15006, 15008, 15009, 15020, 15021, 15053, 15090]
    return PortRange.merged(ports.map { PortRange(.tcp, $0) })
  }()
}

/// The service that gives the VM its addresses, if ADD starts it.
struct AddressServiceConfiguration: Equatable {
  /// Name servers, nil if other sources supply them.
  var nameServers: [IPAddress]?
  /// The search list, nil if other sources supply it.
  var search: [DomainName]?
  /// The VM's own domain, nil if other sources supply it.
  var domain: DomainName?
  /// The VM's host name, nil to derive it from the pod's.
  var hostname: DomainName?
  /// The lease time in seconds.
  var leaseSeconds: UInt32?
  /// Options that only DHCPv4 carries.
  var extras = GuestFacts.Extras()
}
