// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import SRIOV
import Testing

@testable import sriov

/// A virtual function of the lab's igb, before anything was done to it.
enum Sample {
  static func address() throws -> PCIAddress { try #require(PCIAddress("0000:01:10.0")) }
  static func name(_ text: String) throws -> InterfaceName { try #require(InterfaceName(text)) }
  static func mac(_ text: String) throws -> MACAddress { try #require(MACAddress(text)) }

  static func device() throws -> VirtualFunction {
    VirtualFunction(
      address: try address(),
      incarnation: 7,
      physical: PhysicalFunctionReference(
        address: try #require(PCIAddress("0000:01:00.0")),
        interface: try name("pf0"),
        index: try #require(VFIndex(0))
      ),
      driver: "igbvf",
      interface: try name("eth0")
    )
  }

  static func settings() throws -> VFSettings {
    VFSettings(
      index: try #require(VFIndex(0)),
      mac: try mac("6e:00:00:00:00:01"),
      checksSpoofing: true,
      isTrusted: false,
      linkState: .auto
    )
  }

  static func link() throws -> Link {
    Link(index: 5, name: try name("eth0"), mac: try mac("6e:00:00:00:00:01"))
  }

  static func observation() throws -> VFObservation {
    VFObservation(device: try device(), settings: try settings(), link: try link())
  }

  static func original() throws -> VFOriginal {
    VFOriginal(settings: try settings(), interface: HostInterface(try link()))
  }

  static func record() throws -> AllocationRecord {
    AllocationRecord(
      address: try address(),
      incarnation: 7,
      boot: "this",
      attachment: .init(network: "net", containerID: "pod1", containerInterface: try name("net1")),
      namespace: .init(
        path: "/run/netns/blue",
        identity: NetworkNamespace.Identity(device: 4, inode: 4_026_532_320),
        cookie: 1
      ),
      original: try original()
    )
  }

  /// The step that sets something on the virtual function.
  static func step(_ changes: VFChange...) throws -> Step {
    Step(.host, .changeVF(try #require(VFIndex(0)), of: try name("pf0"), changes))
  }
}
