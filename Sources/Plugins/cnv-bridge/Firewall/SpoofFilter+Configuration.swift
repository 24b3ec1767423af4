// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension SpoofFilter {
  /// The filter of a port according to the configuration.
  init(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment,
    _ port: InterfaceName,
    _ address: MACAddress,
    on bridge: Link?
  ) {
    self.init(
      port: port,
      address: address,
      innerTags: configuration.innerTags(on: bridge?.bridge),
      attachment: attachment.label.text
    )
  }
}

extension BridgeConfiguration {
  /// How tags behind another tag are treated on a port of a bridge; nil stands for a new bridge.
  func innerTags(on bridge: Bridge?) -> SpoofFilter.InnerTags {
    guard !trunk.isEmpty, let native = portVLANs?.first?.range.first else {
      return needsVLANFiltering || bridge?.filtersVLANs == true ? .dropped : .carried
    }
    // The VLAN of the bridge's other ports usually leaves the node untagged.
    let common = bridge.map { $0.defaultPVID } ?? VLANID(1)
    let isMember = { id in preservesDefaultVLAN || trunk.contains { $0.contains(id) } }
    return .droppedBehind(
      [native] + [common].compactMap { $0 }.filter { $0 != native && isMember($0) }
    )
  }
}
