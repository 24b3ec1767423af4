// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

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
