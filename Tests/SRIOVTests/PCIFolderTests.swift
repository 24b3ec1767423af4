// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import SRIOV

/// Devices are folders of a temporary one, laid out as sysfs is.
@Suite struct PCIFolderTests {
  private static let physical = "0000:01:00.0"

  private static func address(_ text: String) throws -> PCIAddress {
    try #require(PCIAddress(text))
  }

  @Test func `a virtual function is found with its index, driver and interfaces`() throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(Self.physical, interfaces: ["pf0": nil], stride: nil)
    try sysfs.addVirtualFunction("0000:01:10.0", 0, of: Self.physical, driver: "igbvf", "eth0")
    try sysfs.addVirtualFunction("0000:01:10.2", 1, of: Self.physical, driver: "vfio-pci", nil)

    let found = try sysfs.folder.virtualFunction(at: Self.address("0000:01:10.2"))

    #expect(found?.physical?.address.text == Self.physical)
    #expect(found?.physical?.interface?.string == "pf0")
    #expect(found?.physical?.index == VFIndex(1))
    #expect(found?.isUserspace == true)
    #expect(found?.interface == nil)
  }

  @Test func `an index is computed and then verified`() throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(Self.physical, interfaces: [:], stride: (offset: 128, stride: 2))
    try sysfs.addVirtualFunction("0000:01:10.6", 3, of: Self.physical, driver: nil, nil)
    try sysfs.addVirtualFunction("0000:01:11.0", 9, of: Self.physical, driver: nil, nil)

    let regular = try sysfs.folder.virtualFunction(at: Self.address("0000:01:10.6"))
    let irregular = try sysfs.folder.virtualFunction(at: Self.address("0000:01:11.0"))

    #expect(regular?.physical?.index == VFIndex(3))
    #expect(irregular?.physical?.index == VFIndex(9))
  }

  /// The names are those of `net/devlink/port.c` (`__devlink_port_phys_port_name_get`).
  @Test(arguments: ["p0", "p0s1", "p12"], ["pf0", "pf0vf1", "pf0sf88", "c1pf0vf1", "c1pf0sf3"])
  func `the uplink is distinguished from representors`(uplink: String, representor: String) throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(
      Self.physical,
      interfaces: ["a-other": nil, "b-port": representor, "uplink": uplink, "z": representor],
      stride: nil
    )
    try sysfs.addVirtualFunction("0000:01:10.0", 0, of: Self.physical, driver: nil, nil)

    let found = try sysfs.folder.virtualFunction(at: Self.address("0000:01:10.0"))

    #expect(found?.physical?.interface?.string == "uplink")
    #expect(found?.physical?.isSwitchdev == true)
  }

  @Test func `a representor alone is not an uplink`() throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(Self.physical, interfaces: ["eth1": "pf0vf0"], stride: nil)
    try sysfs.addVirtualFunction("0000:01:10.0", 0, of: Self.physical, driver: nil, nil)

    let found = try sysfs.folder.virtualFunction(at: Self.address("0000:01:10.0"))

    #expect(found?.physical != nil && found?.physical?.interface == nil)
    #expect(found?.physical?.isSwitchdev == true)
  }

  @Test(arguments: [
    ("mlx5_vfio_pci", true), ("virtio_vfio_pci", true), ("hisi-acc-vfio-pci", true),
    ("igb_uio", true), ("igbvf", false), ("iavf", false),
  ])
  func `VFIO and UIO drivers are user-space drivers`(driver: String, isOne: Bool) throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(Self.physical, interfaces: [:], stride: nil)
    try sysfs.addVirtualFunction("0000:01:10.0", 0, of: Self.physical, driver: driver, nil)

    let found = try sysfs.folder.virtualFunction(at: Self.address("0000:01:10.0"))

    #expect(found?.isUserspace == isOne)
  }

  @Test func `a device offered by VFIO is for user space, whatever its driver's name`() throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(Self.physical, interfaces: [:], stride: nil)
    try sysfs.addVirtualFunction("0000:01:10.0", 0, of: Self.physical, driver: "migrating", nil)
    try sysfs.offerToPrograms("0000:01:10.0")

    let found = try sysfs.folder.virtualFunction(at: Self.address("0000:01:10.0"))

    #expect(found?.isUserspace == true)
  }

  @Test func `a physical function is found by its name and lists its virtual ones`() throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(Self.physical, interfaces: ["pf0": nil], stride: nil)
    try sysfs.addVirtualFunction("0000:01:10.0", 0, of: Self.physical, driver: nil, nil)
    try sysfs.addVirtualFunction("0000:01:12.0", 10, of: Self.physical, driver: nil, nil)

    let found = try sysfs.folder.physicalFunction(named: "pf0")

    #expect(found?.virtualFunctions.count == 2)
    #expect(try found?.virtualFunctions[#require(VFIndex(10))]?.text == "0000:01:12.0")
    #expect(try sysfs.folder.physicalFunction(named: "pf1") == nil)
  }

  @Test func `an unreadable device is not mistaken for an absent one`() throws {
    let sysfs = try FakeSysfs()
    try sysfs.addLoop("0000:01:10.0")

    #expect(throws: KernelError.self) {
      try sysfs.folder.virtualFunction(at: Self.address("0000:01:10.0"))
    }
  }

  @Test func `without sysfs no device counts as absent`() throws {
    let folder = PCIFolder(sysfs: "/proc/self/nothing")

    #expect(throws: KernelError.self) {
      try folder.virtualFunction(at: Self.address("0000:01:10.0"))
    }
  }

  @Test func `a function without a PF and an absent one are distinguished`() throws {
    let sysfs = try FakeSysfs()
    try sysfs.addPhysicalFunction(Self.physical, interfaces: ["eth0": nil], stride: nil)

    let alone = try sysfs.folder.virtualFunction(at: Self.address(Self.physical))
    let absent = try sysfs.folder.virtualFunction(at: Self.address("0000:09:00.0"))

    #expect(alone?.interface?.string == "eth0")
    #expect(alone?.physical == nil)
    #expect(absent == nil)
  }
}
