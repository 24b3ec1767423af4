// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Attachment {
  /// The label of this attachment's objects.
  var label: Label { Label(self, of: Label.bridgePlugin) }

  /// The label of the host end: this attachment's, plus the gateway interface it uses.
  func portLabel(_ configuration: BridgeConfiguration) -> Label {
    var label = label
    label.gateway = configuration.gatewayInterfaceName
    return label
  }

  /// Whether a link with the host end's name belongs to this attachment.
  ///
  /// A link without a label was left by an ADD that was killed between two messages; its name alone
  /// is a hash over the attachment.
  func owns(_ link: Link) -> Bool {
    guard link.kind == "veth" else { return false }
    guard link.alias != nil else { return true }
    return link.label?.isOf(self) ?? false
  }
}

extension BridgeConfiguration {
  /// The VLAN's gateway interface, nil if the bridge itself is the gateway or there is none.
  var gatewayInterface: GatewayInterface? {
    guard hasIPAM, isGateway, let vlan else { return nil }
    return GatewayInterface(bridge: bridge, vlan: vlan)
  }

  /// The interface with the gateway addresses: the bridge or the VLAN's gateway interface.
  var gatewayInterfaceName: InterfaceName? {
    hasIPAM && isGateway ? gatewayInterface?.name ?? bridge : nil
  }
}

extension Link {
  /// Whether it is an ADD's new link that is not labelled and set up yet.
  var isUnfinished: Bool {
    alias == nil && !isUp && (kind == "veth" || kind == "bridge") && hasMark
  }
}
