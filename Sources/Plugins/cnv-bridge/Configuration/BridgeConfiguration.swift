// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// A requested attachment: the plugin's configuration after validation.
struct BridgeConfiguration: Equatable {
  /// The bridge to attach to (`bridge`).
  var bridge: InterfaceName
  /// The container interface's address: `runtimeConfig.mac`, else `args.cni.mac`, else `MAC`
  /// of CNI_ARGS; nil for one the kernel chooses.
  var mac: MACAddress?
  /// The largest packet in bytes (`mtu`); nil for the kernel's 1500.
  var mtu: Int?
  /// The VLAN of untagged frames (`vlan`).
  var vlan: VLANID?
  /// The VLANs of tagged frames (`vlanTrunk`), ascending and disjoint; empty without a trunk.
  var trunk: [VLANRange] = []
  /// Whether the bridge's default VLAN stays on the port (`preserveDefaultVlan`).
  var preservesDefaultVLAN = false
  /// Whether frames from another source address are dropped (`macspoofchk`).
  var checksMACSpoofing = false
  /// The settings as a port (`hairpinMode`, `portIsolation`).
  var port = BridgePort(isHairpin: false, isIsolated: false)
  /// Whether the bridge is promiscuous (`promiscMode`).
  var isPromiscuous = false
  /// Whether the container's end stays down (`disableContainerInterface`).
  var leavesContainerInterfaceDown = false
  /// How IPv6 generates the container interface's own addresses (`addrGenMode`); nil for the
  /// kernel's default.
  var addressGeneration: AddressGeneration?
  /// Whether IPv6 checks the container's addresses for duplicates (`enabledad`).
  var detectsDuplicateAddresses = false
  /// Whether an IPAM plugin assigns addresses (`ipam.type`).
  var hasIPAM = false
  /// Whether the bridge gets the gateway addresses (`isGateway`).
  var isGateway = false
  /// Whether default routes lead to the gateways (`isDefaultGateway`).
  var isDefaultGateway = false
  /// Whether a conflicting address of the bridge is replaced by the gateway's (`forceAddress`).
  var forcesGatewayAddress = false
  /// Whether traffic to other networks leaves with the node's address (`ipMasq`).
  var masquerades = false

  /// Whether ADD creates rules in the node's packet filter.
  var changesFirewall: Bool { checksMACSpoofing || (masquerades && hasIPAM) }

  /// The MTU of both ends in bytes; the kernel creates a veth with 1500.
  var portMTU: Int { mtu ?? 1500 }

  /// Whether a bridge created by ADD keeps its MTU, whatever ports come and go.
  ///
  /// A bridge that is itself the gateway follows its smallest port, as is usual: what the node
  /// sends through it then reaches every port, and what it receives through it may be larger.
  var keepsBridgeMTU: Bool { gatewayInterfaceName != bridge }

  /// Whether the bridge has to filter VLANs.
  var needsVLANFiltering: Bool { vlan != nil || !trunk.isEmpty }

  /// Whether ADD sets the container's end up.
  ///
  /// With addresses this is left to the step that adds them: IPv6 is configured before the link.
  var bringsUpContainerInterface: Bool { !leavesContainerInterfaceDown && !hasIPAM }

  /// The VLANs the port becomes a member of, nil if it has no VLAN settings.
  ///
  /// A trunk without `vlan` has VLAN 1 for its untagged frames, as in the bridge plugin it
  /// replaces. The VLAN of untagged frames is never also a tagged one: a second entry would clear
  /// its flags.
  var portVLANs: [PortVLAN]? {
    guard needsVLANFiltering, let native = vlan ?? VLANID(1) else { return nil }
    let tagged = trunk.flatMap { $0.identifiers }.filter { $0 != native }
    return [PortVLAN(VLANRange(native), isPVID: true, isUntagged: true)]
      + VLANRange.covering(tagged.map { VLANRange($0) }).map { PortVLAN($0) }
  }
}

extension BridgeConfiguration {
  /// The keys of CNI_ARGS that ADD and CHECK know.
  static let arguments = ["MAC"]

  /// Every key that the plugin or the specification knows.
  static let keys = [
    "addrGenMode", "bridge", "disableContainerInterface", "enabledad", "forceAddress",
    "hairpinMode", "ipMasq", "ipMasqBackend", "isDefaultGateway", "isGateway", "macspoofchk", "mtu",
    "portIsolation", "preserveDefaultVlan", "promiscMode", "vlan", "vlanTrunk",
    "args", "capabilities", "cniVersion", "dns", "ipam", "name", "prevResult", "runtimeConfig",
    "type",
  ]
}
