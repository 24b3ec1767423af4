// SPDX-License-Identifier: Apache-2.0

import CLibc
import Linux
import NetworkModel
import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct TapDeviceTests {
  @Test func `a tap outlives its creator and belongs to its owner and group`() throws {
    let name = try #require(InterfaceName("tap0"))
    try inNewNetworkNamespace {
      try TapDevice.create(TapCreation(name: name, index: 1 << 30, owner: 107, group: 108))

      let shown = try Program.run("ip", "-d", "link", "show", "tap0").output

      #expect(shown.hasPrefix("1073741824: tap0:"))
      #expect(shown.contains(" persist on user 107 group 108 "))
    }
  }

  /// `drivers/net/tun.c` calls the bus of every tap so; the loopback has no driver that tells anything.
  @Test func `a driver reports its interface's device, whatever the interface's name`() throws {
    let tap = TapCreation(name: try #require(InterfaceName("tap0")), index: 1 << 30)
    try inNewNetworkNamespace {
      try TapDevice.create(tap)
      #expect(try Program.run("sh", "-c", #"ip link set tap0 name "$(printf '\377')""#).status == 0)

      #expect(BusAddress.ofDevice(behindLinkAt: 1 << 30) == "tap")
      #expect(BusAddress.ofDevice(behindLinkAt: 1) == nil)
      #expect(BusAddress.ofDevice(behindLinkAt: 2) == nil)
    }
  }

  @Test func `an existing interface is not taken over`() throws {
    let tap = TapCreation(name: try #require(InterfaceName("tap0")))
    try inNewNetworkNamespace {
      try TapDevice.create(tap)

      let error = #expect(throws: KernelError.self) { try TapDevice.create(tap) }

      #expect(error?.errno == EBUSY)
    }
  }
}
