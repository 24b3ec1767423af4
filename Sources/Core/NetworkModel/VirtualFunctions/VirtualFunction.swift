// SPDX-License-Identifier: Apache-2.0

/// A virtual PCI function, as described by sysfs.
package struct VirtualFunction: Hashable, Sendable {
  /// Its address.
  package var address: PCIAddress
  /// A number that another device at the same address would not have.
  package var incarnation: UInt64
  /// Its physical function, nil if that is not in this machine.
  package var physical: PhysicalFunctionReference?
  /// The name of its driver, nil without one.
  package var driver: String?
  /// Its network interface in this namespace, nil if that is elsewhere or does not exist.
  package var interface: InterfaceName?
  /// Whether VFIO offers it to user space (folder `vfio-dev`, from Linux 6.1).
  package var hasVFIODevice: Bool

  /// Creates a description.
  package init(
    address: PCIAddress,
    incarnation: UInt64,
    physical: PhysicalFunctionReference? = nil,
    driver: String? = nil,
    interface: InterfaceName? = nil,
    hasVFIODevice: Bool = false
  ) {
    self.address = address
    self.incarnation = incarnation
    self.physical = physical
    self.driver = driver
    self.interface = interface
    self.hasVFIODevice = hasVFIODevice
  }

  /// Whether its driver is one for user space: VFIO, whose device-specific drivers have names such
  /// as `mlx5_vfio_pci`, or UIO.
  package var isUserspace: Bool {
    guard !hasVFIODevice, let driver else { return hasVFIODevice }
    return driver.hasSuffix("vfio-pci") || driver.hasSuffix("vfio_pci")
      || driver == "uio_pci_generic" || driver == "igb_uio"
  }
}

/// A virtual function's reference to its physical function.
package struct PhysicalFunctionReference: Hashable, Sendable {
  /// The address of the physical function.
  package var address: PCIAddress
  /// The physical function's network interface in this namespace, nil without one.
  package var interface: InterfaceName?
  /// Whether the physical function is in switchdev mode.
  package var isSwitchdev: Bool
  /// The index of the virtual function among its siblings.
  package var index: VFIndex

  /// Creates a reference.
  package init(
    address: PCIAddress,
    interface: InterfaceName?,
    isSwitchdev: Bool = false,
    index: VFIndex
  ) {
    self.address = address
    self.interface = interface
    self.isSwitchdev = isSwitchdev
    self.index = index
  }
}

/// The index of a virtual function among those of its physical function, from 0.
package struct VFIndex: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The index as in the kernel's requests.
  package let number: UInt32

  /// Creates an index, or returns nil for a negative number.
  package init?(_ number: Int) {
    guard let number = UInt32(exactly: number), number <= UInt32(Int32.max) else { return nil }
    self.number = number
  }

  package static func < (left: VFIndex, right: VFIndex) -> Bool { left.number < right.number }
  package var description: String { String(number) }
}

/// The address of a PCI function: `DOMAIN:BUS:DEVICE.FUNCTION`, such as `0000:3b:02.1`.
package struct PCIAddress: Hashable, Sendable {
  /// The address in lower case with four digits of domain or more, as sysfs writes it.
  package let text: String

  /// Parses `0000:3b:02.1` in either case; returns nil for anything else, including the form
  /// without a domain.
  ///
  /// Only sysfs's own spelling is accepted, so that the text is safe as a path component.
  package init?(_ text: String) {
    let bytes = Array(text.lowercased().utf8)
    let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3, (4...8).contains(parts[0].count), parts[1].count == 2,
      parts[2].count == 4, parts[2].dropFirst(2).first == UInt8(ascii: "."),
      let function = parts[2].last, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(function),
      (parts[0] + parts[1] + parts[2].prefix(2)).allSatisfy({ Hexadecimal.value(of: $0) != nil })
    else { return nil }
    self.text = String(decoding: bytes, as: UTF8.self)
  }
}

extension PCIAddress: CustomStringConvertible {
  package var description: String { text }
}
