// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The interface that holds the gateway addresses if they are in a VLAN: `BRIDGE.VLAN`.
///
/// A veth pair on the host: one end is an untagged port of the bridge in that VLAN, the other has
/// the addresses. It exists as long as a port with an address in that VLAN does.
struct GatewayInterface: Equatable {
  /// The bridge.
  let bridge: InterfaceName
  /// The VLAN.
  let vlan: VLANID
  /// The end with the addresses.
  let name: InterfaceName
  /// The end that is a port of the bridge.
  let port: InterfaceName

  /// Names the gateway interface of a bridge's VLAN.
  ///
  /// A bridge name that leaves no room for the VLAN is shortened and marked with a hash.
  init(bridge: InterfaceName, vlan: VLANID) {
    self.bridge = bridge
    self.vlan = vlan
    let digest = Hexadecimal.text(of: SHA512.hash("\(bridge)\0\(vlan)".utf8).prefix(6))
    let suffix = ".\(vlan)"
    let whole = InterfaceName(bridge.string + suffix)
    let room = InterfaceName.maximumLength - suffix.utf8.count - 5
    let start = bridge.string.beginning(bytes: room)
    guard let name = whole ?? InterfaceName("\(start)~\(digest.prefix(4))\(suffix)") else {
      preconditionFailure("no name for the gateway interface of \(bridge)\(suffix)")
    }
    self.name = name
    port = InterfaceName("veth", hashOf: "\(bridge)\0\(vlan)")
  }

  /// The text that names the interface's owner.
  var label: String { Label(gatewayOf: bridge, vlan, of: Label.bridgePlugin).text }

  /// The steps that create it; labelling its end comes last and marks it as complete.
  ///
  /// They have no undo: the last of its users removes it.
  func creationSteps(defaultVLAN: VLANID?, mtu: Int, freshMAC: MACAddress) -> [Step] {
    let pair = VethCreation(
      name: port,
      mac: freshMAC.marked(forPort: port),
      bridge: bridge,
      peer: name,
      peerNamespace: .host,
      mtu: mtu
    )
    return [
      Step(.host, .createVeth(pair)),
      Step(
        .host,
        .changeLink(port, LinkChange(alias: label, addressGeneration: AddressGeneration.none))
      ),
    ] + portSteps(port, defaultVLAN) + [
      LinkPlan.ignoreAdvertisements(name),
      Step(.host, .changeLink(name, LinkChange(isUp: true, alias: label))),
    ]
  }

  /// The steps that reconnect a port cut off from the VLAN; it is down meanwhile, so that it
  /// forwards no frames of another VLAN.
  func mendingSteps(_ port: Link, on bridge: Link) -> [Step] {
    [LinkChange(isUp: false), LinkChange(bridge: bridge.name)].map {
      Step(.host, .changeLink(port.name, $0))
    } + portSteps(port.name, bridge.bridge?.defaultPVID)
  }

  private func portSteps(_ port: InterfaceName, _ defaultVLAN: VLANID?) -> [Step] {
    let vlans = [PortVLAN(VLANRange(vlan), isPVID: true, isUntagged: true)]
    var steps = [Step(.host, .addPortVLANs(port, vlans))]
    if let defaultVLAN, defaultVLAN != vlan {
      steps.append(Step(.host, .removePortVLANs(port, [VLANRange(defaultVLAN)])))
    }
    return steps + [Step(.host, .changeLink(port, LinkChange(isUp: true)))]
  }

  /// Returns why the VLAN's frames do not reach its port, or nil; `vlans` is nil for a port of
  /// another bridge or none.
  func fault(of port: Link, _ vlans: [PortVLAN]?) -> String? {
    let name = "port '\(port.name)' of gateway interface '\(name)'"
    guard let vlans else { return "\(name) is not on bridge '\(bridge)'" }
    let isMember = vlans.contains { $0.isPVID && $0.isUntagged && $0.range.contains(vlan) }
    if !isMember { return "\(name) does not have VLAN \(vlan) untagged" }
    return port.isUp ? nil : "\(name) is down"
  }
}
