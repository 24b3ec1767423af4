// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import NetworkModel

/// What an attachment is to be, judged.
struct MasqueradeConfiguration: Equatable {
  /// Which mesh the pod is part of.
  enum Mesh: Equatable {
    case none
    /// Istio's Envoy runs in the pod and takes its TCP traffic.
    case sidecar
    /// Istio's ztunnel runs on the node and marks what is the pod's.
    case ambient
  }

  /// The pod's interface whose addresses the VM uses.
  var podInterface: InterfaceName
  /// The bridge between pod and VM.
  var bridge: InterfaceName
  /// The bridge's Ethernet address: the guest's gateway keeps it over live migration.
  var bridgeMAC: MACAddress
  /// The interface that the VM's network card is connected to.
  var tap: InterfaceName
  /// The VM's IPv4 network; the first host is the gateway, the second the VM.
  var networkV4: IPPrefix
  /// The VM's IPv6 network, likewise.
  var networkV6: IPPrefix
  /// The ports that lead to the VM, merged; nil where every port does.
  var forwarded: [PortRange]?
  /// The ports of the pod that never lead to the VM, merged.
  var reserved: [PortRange]
  /// The mesh.
  var mesh = Mesh.none
  /// The largest packet in bytes, nil for the pod interface's.
  var mtu: Int?
  /// Whether the tap is opened once for each of several queues.
  var hasManyQueues = false
  /// The user who may open the tap without a capability.
  var owner: UInt32?
  /// The group whose members may.
  var group: UInt32?
  /// Whether the pod's programs reach the VM's ports at 127.0.0.1.
  var forwardsLocalhost = true
  /// Whether the VM reaches itself at the pod's address.
  var allowsHairpin = true
  /// The VM's address service; nil where somebody else runs it.
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

/// The service that tells the VM its addresses, where ADD starts it.
struct AddressServiceConfiguration: Equatable {
  /// Name servers, nil where others say which.
  var nameServers: [IPAddress]?
  /// Domains of short names, likewise.
  var search: [DomainName]?
  /// The VM's own domain, likewise.
  var domain: DomainName?
  /// The VM's host name, nil for one from the pod's.
  var hostname: DomainName?
  /// How long addresses are valid, in seconds.
  var leaseSeconds: UInt32?
  /// What only DHCPv4 carries.
  var extras = GuestFacts.Extras()
}
