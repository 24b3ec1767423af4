// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Attachment {
  /// The label of what is made for this attachment.
  var label: Label { Label(self, of: Label.bridgePlugin) }

  /// The label of the host end: this attachment's, and the gateway interface it makes use of.
  func portLabel(_ configuration: BridgeConfiguration) -> Label {
    var label = label
    label.gateway = configuration.gatewayInterfaceName
    return label
  }

  /// Whether a link of the host end's name is this attachment's.
  ///
  /// One without a label is an ADD's that was killed between two messages; the name alone is a hash
  /// over the attachment.
  func owns(_ link: Link) -> Bool {
    guard link.kind == "veth" else { return false }
    guard link.alias != nil else { return true }
    return link.label?.isOf(self) ?? false
  }
}

extension BridgeConfiguration {
  /// The VLAN's gateway interface, nil where the bridge itself is the gateway or nothing is.
  var gatewayInterface: GatewayInterface? {
    guard hasIPAM, isGateway, let vlan else { return nil }
    return GatewayInterface(bridge: bridge, vlan: vlan)
  }

  /// The interface with the gateways' addresses: the bridge or the VLAN's gateway interface.
  var gatewayInterfaceName: InterfaceName? {
    hasIPAM && isGateway ? gatewayInterface?.name ?? bridge : nil
  }
}

extension Link {
  /// Whether it is what an ADD makes, before it says whose it is and is set up.
  var isUnfinished: Bool {
    alias == nil && !isUp && (kind == "veth" || kind == "bridge") && hasMark
  }
}
