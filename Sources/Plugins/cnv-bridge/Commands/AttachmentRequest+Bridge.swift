// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
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

extension BridgeConfiguration {
  /// Finds the bridge, even by an alternative name, and then uses its own name.
  mutating func findBridge(_ kernel: Kernel) throws(KernelError) -> Link? {
    let found = try kernel.host.link(named: bridge, orAlternatively: true)
    if let found { bridge = found.name }
    return found
  }
}

extension Kernel {
  /// Returns the unfinished bridge that a killed ADD of an attachment left behind.
  func unfinishedBridge(_ attachment: Attachment) throws(KernelError) -> Link? {
    try host.link(named: attachment.unfinishedBridge).flatMap { $0.isUnfinished ? $0 : nil }
  }
}

extension Kernel {
  /// Returns the peer of a veth on the host, or nil if it is not in the container.
  func containerEnd(of hostEnd: Link) throws(KernelError) -> Link? {
    guard let container, let index = hostEnd.peer, let number = hostEnd.peerNamespace,
      try host.route.number(ofNamespace: container.namespace.file.number) == number
    else { return nil }
    return try container.route.link(at: index)
  }
}

extension Firewall.Removal {
  /// Everything that belongs to one attachment, including objects of the Go plugin.
  init(_ attachment: Attachment, _ configuration: NetworkConfiguration) {
    // Errors in the configuration do not keep DEL from doing what it can.
    let masquerades = (try? configuration.root["ipMasq"].bool()) ?? false
    self.init(
      ports: [attachment.hostInterface],
      goFilters: [GoSpoofFilter(attachment)],
      masquerade: .owner(IPMasquerade.Owner(attachment)),
      goMasquerade: masquerades ? GoIPTables(attachment) : nil
    )
  }
}

extension CNIError {
  /// The error for something that ADD may not change.
  init(_ conflict: LinkConflict, _ code: CNIErrorCode = .invalidConfiguration) {
    self.init(code, conflict.text.message, details: conflict.text.remedy)
  }
}

extension MACAddress {
  /// Returns a random address, unicast and locally administered.
  ///
  /// Not any other such first byte: libvirt rejects guest addresses that begin with FE.
  static func random() throws(KernelError) -> MACAddress {
    guard let mac = MACAddress(bytes: [0x02] + (try RandomBytes.make(count: 5))) else {
      preconditionFailure("six bytes are an address")
    }
    return mac
  }
}
