// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import SRIOV

/// A temporary folder in the shape of sysfs.
final class FakeSysfs {
  private let root: String
  private var devices: String { "\(root)/bus/pci/devices" }

  /// The devices in it.
  var folder: PCIFolder { PCIFolder(sysfs: root) }

  init() throws {
    let name = Hexadecimal.text(of: try RandomBytes.make(count: 8))
    root = "/tmp/sriov-sysfs-\(name)"
    try Folder.make(devices, mode: 0o700)
    try Folder.make("\(root)/class/net", mode: 0o700)
  }

  deinit {
    Self.remove(root)
  }

  /// Makes a device with interfaces, each with the name of its port if it has one.
  func addPhysicalFunction(
    _ address: String,
    interfaces: [String: String?],
    stride: (offset: Int, stride: Int)?
  ) throws {
    try Folder.make("\(devices)/\(address)", mode: 0o700)
    for (name, port) in interfaces {
      try Folder.make("\(devices)/\(address)/net/\(name)", mode: 0o700)
      if let port {
        try TextFile("\(devices)/\(address)/net/\(name)/phys_port_name").write(port + "\n")
      }
      try Folder.make("\(root)/class/net/\(name)", mode: 0o700)
      try link("\(root)/class/net/\(name)/device", to: "../../../\(address)")
    }
    guard let stride else { return }
    try TextFile("\(devices)/\(address)/sriov_offset").write("\(stride.offset)\n")
    try TextFile("\(devices)/\(address)/sriov_stride").write("\(stride.stride)\n")
  }

  func addVirtualFunction(
    _ address: String,
    _ index: Int,
    of physical: String,
    driver: String?,
    _ interface: String?
  ) throws {
    try Folder.make("\(devices)/\(address)", mode: 0o700)
    try link("\(devices)/\(address)/physfn", to: "../\(physical)")
    try link("\(devices)/\(physical)/virtfn\(index)", to: "../\(address)")
    if let driver { try link("\(devices)/\(address)/driver", to: "../../drivers/\(driver)") }
    if let interface { try Folder.make("\(devices)/\(address)/net/\(interface)", mode: 0o700) }
  }

  /// Makes the folder that VFIO has below a device it drives.
  func offerToPrograms(_ address: String) throws {
    try Folder.make("\(devices)/\(address)/vfio-dev/vfio0", mode: 0o700)
  }

  /// Makes a device that no call can look at, for whomever (ELOOP).
  func addLoop(_ address: String) throws {
    try link("\(devices)/\(address)", to: address)
  }

  private func link(_ path: String, to target: String) throws {
    try SystemCall.run("link", "'\(path)'") { unsafe symlink(target, path) }
  }

  private static func remove(_ path: String) {
    let isLink = (try? Folder.destinationName(of: path)) != nil
    if !isLink, let names = try? Folder.names(in: path) {
      for name in names { remove("\(path)/\(name)") }
      unsafe rmdir(path)
    } else {
      unsafe unlink(path)
    }
  }
}
