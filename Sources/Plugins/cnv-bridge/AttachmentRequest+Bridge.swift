// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel

extension SpoofFilter {
  /// The filter of a port as the configuration asks for it.
  init(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment,
    _ port: InterfaceName,
    _ address: MACAddress
  ) {
    self.init(
      port: port,
      address: address,
      isAccessPort: configuration.vlan != nil && configuration.trunk.isEmpty,
      attachment: attachment.label.text
    )
  }
}

extension Firewall.Removal {
  /// Everything of one attachment, the Go plugin's included.
  init(_ attachment: Attachment) {
    self.init(
      ports: [attachment.hostInterface],
      goFilters: [GoSpoofFilter(attachment)],
      masquerade: .owner(IPMasquerade.Owner(attachment))
    )
  }
}

extension CNIError {
  /// The error of something that ADD may not change.
  init(_ conflict: LinkConflict) {
    self.init(.invalidConfiguration, conflict.message, details: conflict.remedy)
  }

  /// The error of an address that is in the gateway's way.
  init(_ conflict: GatewayConflict) {
    self.init(.invalidConfiguration, conflict.message, details: conflict.remedy)
  }
}

extension MACAddress {
  /// Returns a random address, unicast and locally administered.
  /// - Throws: `KernelError`.
  static func random() throws(KernelError) -> MACAddress {
    guard let mac = locallyAdministered(random: try RandomBytes.make(count: 6)) else {
      preconditionFailure("six bytes are an address")
    }
    return mac
  }
}
