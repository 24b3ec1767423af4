// SPDX-License-Identifier: Apache-2.0

import CLibc
import Linux
package import NetworkModel

/// The PCI devices as sysfs shows them; a folder of the same shape serves as well.
package struct PCIFolder: Sendable {
  private let root: String

  /// Names the folder where sysfs is mounted.
  package init(sysfs root: String = "/sys") {
    self.root = root
  }

  private func folder(_ address: PCIAddress) -> String { "\(root)/bus/pci/devices/\(address)" }

  /// Returns the virtual function at an address, or nil if there is no device.
  ///
  /// A device that has no physical function is described without one.
  package func virtualFunction(at address: PCIAddress) throws(KernelError) -> VirtualFunction? {
    let folder = folder(address)
    guard let incarnation = try Folder.inode(of: folder + "/") else {
      // Without sysfs the answer is unknown.
      guard try Folder.inode(of: "\(root)/bus/pci/devices") == nil else { return nil }
      throw KernelError(errno: ENOENT, operation: "look at", object: "PCI device '\(address)'")
    }
    return VirtualFunction(
      address: address,
      incarnation: incarnation,
      physical: try physicalFunction(of: address),
      driver: try Folder.destinationName(of: folder + "/driver"),
      interface: try interfaces(folder).first,
      hasVFIODevice: try Folder.inode(of: folder + "/vfio-dev") != nil
    )
  }

  /// Returns the physical function with this interface name or address, with all its virtual
  /// functions; nil if there is none.
  package func physicalFunction(
    named name: String
  ) throws(KernelError) -> (address: PCIAddress, virtualFunctions: [VFIndex: PCIAddress])? {
    var address = PCIAddress(name)
    if address == nil, let name = InterfaceName(name) {
      address = try target(of: "\(root)/class/net/\(name)/device")
    }
    guard let address, try Folder.inode(of: folder(address) + "/") != nil else { return nil }
    return (address, try virtualFunctions(of: address))
  }

  /// Returns the interfaces built on a device's interface: its bridge or bond, VLANs, macvlans.
  package func uppers(
    of interface: InterfaceName,
    at address: PCIAddress
  ) throws(KernelError) -> [InterfaceName] {
    try (Folder.names(in: "\(folder(address))/net/\(interface)") ?? []).compactMap { entry in
      entry.hasPrefix("upper_") ? InterfaceName(String(entry.dropFirst(6))) : nil
    }
  }

  /// Returns whether any device is a virtual function.
  package func hasVirtualFunctions() throws(KernelError) -> Bool {
    for name in try Folder.names(in: "\(root)/bus/pci/devices") ?? [] {
      if try Folder.inode(of: "\(root)/bus/pci/devices/\(name)/physfn") != nil { return true }
    }
    return false
  }

  private func virtualFunctions(
    of physical: PCIAddress
  ) throws(KernelError) -> [VFIndex: PCIAddress] {
    var found: [VFIndex: PCIAddress] = [:]
    for entry in try Folder.names(in: folder(physical)) ?? [] where entry.hasPrefix("virtfn") {
      guard let index = Int(entry.dropFirst(6)).flatMap({ VFIndex($0) }) else { continue }
      found[index] = try target(of: "\(folder(physical))/\(entry)")
    }
    return found
  }

  /// The device that a symbolic link points to, nil if there is none.
  private func target(of link: String) throws(KernelError) -> PCIAddress? {
    try Folder.destinationName(of: link).flatMap { PCIAddress($0) }
  }

  private func physicalFunction(
    of address: PCIAddress
  ) throws(KernelError) -> PhysicalFunctionReference? {
    guard let physical = try target(of: folder(address) + "/physfn"),
      let index = try index(of: address, in: physical)
    else { return nil }
    let uplink = try uplink(physical)
    return PhysicalFunctionReference(
      address: physical,
      interface: uplink.interface,
      isSwitchdev: uplink.isSwitchdev,
      index: index
    )
  }

  /// Computes the index as the kernel numbers virtual functions, and searches all of them only if
  /// the computed one is wrong.
  private func index(
    of address: PCIAddress,
    in physical: PCIAddress
  ) throws(KernelError) -> VFIndex? {
    if let offset = Int(text(folder(physical) + "/sriov_offset")),
      let stride = Int(text(folder(physical) + "/sriov_stride")), stride > 0,
      let index = VFIndex((address.routingID - physical.routingID - offset) / stride),
      try target(of: folder(physical) + "/virtfn\(index)") == address
    {
      return index
    }
    return try virtualFunctions(of: physical).first { $0.value == address }?.key
  }

  /// Finds the interface of the physical function itself, not a representor.
  private func uplink(
    _ physical: PCIAddress
  ) throws(KernelError) -> (interface: InterfaceName?, isSwitchdev: Bool) {
    let ports = try interfaces(folder(physical)).map { interface in
      (interface, PortKind(text("\(folder(physical))/net/\(interface)/phys_port_name")))
    }
    let uplink = ports.first { $0.1 == .uplink } ?? ports.first { $0.1 == .other }
    return (uplink?.0, ports.contains { $0.1 == .representor })
  }

  private func interfaces(_ folder: String) throws(KernelError) -> [InterfaceName] {
    try (Folder.names(in: folder + "/net") ?? []).compactMap { InterfaceName($0) }
  }

  /// The file's text, empty if the driver does not have the attribute, so that reading it fails.
  private func text(_ path: String) -> String {
    let text = (try? TextFile(path).read(limit: 4096)) ?? ""
    return String(text.prefix { $0 != "\n" })
  }
}

/// What a port name says about its interface (Documentation/networking/devlink/devlink-port.rst).
private enum PortKind {
  case uplink, representor, other

  /// `p0` and `p0s1` are uplinks; `pf0`, `pf0vf1`, `pf0sf88` and, on another controller, `c1pf0vf1`
  /// are representors of functions behind the switch.
  init(_ port: String) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let kind = port.utf8.first
    let behind = port.utf8.dropFirst()
    let isUplink = kind == UInt8(ascii: "p") && behind.first.map(isDigit) == true
    let local = kind == UInt8(ascii: "c") ? behind.drop(while: isDigit) : port.utf8[...]
    self = local.starts(with: "pf".utf8) ? .representor : isUplink ? .uplink : .other
  }
}

extension PCIAddress {
  /// The function's number within its domain: bus, device, function (PCI Express §2.2.6.2).
  fileprivate var routingID: Int {
    let digits = text.split { $0 == ":" || $0 == "." }.compactMap { Int($0, radix: 16) }
    guard digits.count == 4 else { return 0 }
    return digits[1] << 8 | digits[2] << 3 | digits[3]
  }
}
