// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

extension SpoofFilter {
  /// The filter of a port as the configuration asks for it.
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
  /// What becomes of tags behind others on a port of a bridge, nil for one that is being made.
  func innerTags(on bridge: Bridge?) -> SpoofFilter.InnerTags {
    guard !trunk.isEmpty, let native = portVLANs?.first?.range.first else {
      return needsVLANFiltering || bridge?.filtersVLANs == true ? .dropped : .carried
    }
    // The VLAN of the bridge's other ports mostly leaves the node untagged.
    let common = bridge.map { $0.defaultPVID } ?? VLANID(1)
    let isMember = { id in preservesDefaultVLAN || trunk.contains { $0.contains(id) } }
    return .droppedBehind(
      [native] + [common].compactMap { $0 }.filter { $0 != native && isMember($0) }
    )
  }
}

extension BridgeConfiguration {
  /// Finds the bridge, also by another of its names: from then on it has its own here.
  mutating func findBridge(_ kernel: Kernel) throws(KernelError) -> Link? {
    let found = try kernel.host.link(named: bridge, orAlternatively: true)
    if let found { bridge = found.name }
    return found
  }
}

extension Kernel {
  /// Returns what a killed ADD of an attachment left of the bridge it was making.
  func unfinishedBridge(_ attachment: Attachment) throws(KernelError) -> Link? {
    try host.link(named: attachment.unfinishedBridge).flatMap { $0.isUnfinished ? $0 : nil }
  }
}

extension Kernel {
  /// Returns the other end of a veth on the host, nil where the container does not have it.
  func containerEnd(of hostEnd: Link) throws(KernelError) -> Link? {
    guard let container, let index = hostEnd.peer, let number = hostEnd.peerNamespace,
      try host.route.number(ofNamespace: container.namespace.file.number) == number
    else { return nil }
    return try container.route.link(at: index)
  }
}

extension Firewall.Removal {
  /// Everything of one attachment, the Go plugin's included.
  init(_ attachment: Attachment, _ configuration: NetworkConfiguration) {
    // What is wrong with a configuration does not keep DEL from doing what it can.
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
  /// The error of something that ADD may not change.
  init(_ conflict: LinkConflict, _ code: CNIErrorCode = .invalidConfiguration) {
    self.init(code, conflict.text.message, details: conflict.text.remedy)
  }
}

extension MACAddress {
  /// Returns a random address, unicast and locally administered.
  ///
  /// Not of any such first byte: libvirt refuses a guest's address that begins with FE.
  static func random() throws(KernelError) -> MACAddress {
    guard let mac = MACAddress(bytes: [0x02] + (try RandomBytes.make(count: 5))) else {
      preconditionFailure("six bytes are an address")
    }
    return mac
  }
}
