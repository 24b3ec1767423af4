// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import Netlink

/// Requests are compared with those of iproute2; types are of `linux/if_link.h`.
@Suite struct VFTests {
  /// IFLA_VFINFO_LIST with IFLA_VF_INFO and its IFLA_VF_VLAN_LIST; IFLA_PROP_LIST.
  private static func tree(_ bytes: [UInt8]) -> [String] {
    let nested = [[22]: 0, [22, 1]: 0, [22, 1, 12]: 0, [52]: 0]
    return AttributeTree.lines(of: bytes, header: 16, nested: nested)
  }

  /// iproute2 looks the index of `lo` up and sends it; these requests carry the name instead.
  private static func named(_ lines: [String]) -> [String] {
    let header = lines[1].replacing("01000000", with: "00000000", maxReplacements: 1)
    return [lines[0], header] + (lines.dropFirst(2) + ["[3] 6c6f00"]).sorted()
  }

  private static func loopback() throws -> InterfaceName { try #require(InterfaceName("lo")) }

  @Test func `every setting of a virtual function is sent as iproute2 does`() throws {
    let change = VFChange(
      mac: MACAddress("02:11:22:33:44:55"),
      vlan: VFVLAN(VLANID(100), priority: 3),
      rate: VFRate(minimumMegabitsPerSecond: 10, maximumMegabitsPerSecond: 100),
      checksSpoofing: false,
      isTrusted: true,
      linkState: .enable
    )

    let request = VFRequests.change(
      try #require(VFIndex(5)),
      of: try Self.loopback(),
      [change]
    )

    let oracle = Self.named(Self.tree(AttributeTree.bytes(IProute2.setVF)))
    #expect(Self.tree(request.bytes) == oracle)
  }

  @Test func `a service VLAN is sent as iproute2 does`() throws {
    let vlan = VFVLAN(VLANID(100), priority: 3, tagProtocol: .dot1AD)

    let request = VFRequests.change(
      try #require(VFIndex(5)),
      of: try Self.loopback(),
      [VFChange(vlan: vlan)]
    )

    let oracle = Self.named(Self.tree(AttributeTree.bytes(IProute2.setVFServiceVLAN)))
    #expect(Self.tree(request.bytes) == oracle)
  }

  @Test func `alternative names are added and removed as iproute2 does`() {
    let added = LinkRequests.alternativeName("other", ofLinkAt: 1, isAdded: true)
    let removed = LinkRequests.alternativeName("other", ofLinkAt: 1, isAdded: false)

    #expect(
      Self.tree(added.bytes) == Self.tree(AttributeTree.bytes(IProute2.addAlternativeName))
    )
    #expect(
      Self.tree(removed.bytes) == Self.tree(AttributeTree.bytes(IProute2.removeAlternativeName))
    )
  }

  /// A reply that lists a number of virtual functions, more than any PF of the lab has.
  ///
  /// It has the form of a request, which takes no longer list than 64 KiB: the list is one of twenty
  /// entries repeated. The kernel stores its length in 16 bits without looking (`nla_nest_end`).
  private static func reply(virtualFunctions count: Int) -> [NetlinkReply] {
    var message = RouteMessage(16, .none, header: SIMD4<UInt32>())
    message.put(21, UInt32(count))
    message.nest(22) { list in
      for number in 0..<20 { list.nest(1) { $0.putVF(UInt32(number)) } }
    }
    let one = message.bytes
    let list = Array(repeating: one[44...], count: count / 20).flatMap { $0 }
    let behind: [UInt8] = [8, 0, 13, 0, 232, 3, 0, 0]
    return NetlinkReply.split(
      UInt32(44 + list.count + behind.count).bytes + one[4..<40]
        + UInt16(truncatingIfNeeded: 4 + list.count).bytes + one[42..<44] + list + behind
    )
  }

  @Test(arguments: [200, 460, 1000])
  func `the settings of many virtual functions are read from one reply`(count: Int) throws {
    let settings = Self.reply(virtualFunctions: count).flatMap { VFSettings.list($0) ?? [] }

    #expect(settings.count == count)
    #expect(
      settings.last
        == VFSettings(
          index: try #require(VFIndex(19)),
          mac: MACAddress("02:00:00:00:00:13"),
          vlan: VFVLAN(VLANID(100), priority: 3),
          rate: VFRate(minimumMegabitsPerSecond: 0, maximumMegabitsPerSecond: 50),
          checksSpoofing: true,
          isTrusted: nil,
          linkState: .auto
        )
    )
  }
}

extension RouteMessage {
  /// What igb says of a function, but for a driver that knows no trust.
  fileprivate mutating func putVF(_ number: UInt32) {
    let mac = [UInt8]([2, 0, 0, 0, 0, UInt8(number)]) + [UInt8](repeating: 0, count: 26)
    put(1, bytes: number.bytes + mac)
    put(2, bytes: number.bytes + UInt32(100).bytes + UInt32(3).bytes)
    put(6, bytes: number.bytes + UInt32(0).bytes + UInt32(50).bytes)
    put(4, bytes: number.bytes + UInt32(1).bytes)
    put(5, bytes: number.bytes + UInt32(0).bytes)
    put(9, bytes: number.bytes + UInt32.max.bytes)
  }
}

extension FixedWidthInteger {
  fileprivate var bytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }
}
