// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import Netlink

/// Requests are compared with those of iproute2; types are of `linux/rtnetlink.h`.
@Suite struct AddressRequestTests {
  /// The header of an address is 8 bytes, that of a route 12; RTA_METRICS holds attributes.
  private static func tree(_ bytes: [UInt8], header size: Int) -> [String] {
    AttributeTree.lines(of: bytes, header: size, nested: size == 12 ? [[8]: 0] : [:])
  }

  @Test(arguments: [
    ("10.1.2.3/24", IProute2.addAddressV4), ("fd00::1/64", IProute2.addAddressV6),
  ])
  func `an address is added as iproute2 does`(given: (String, String)) throws {
    let prefix = try #require(IPPrefix(given.0))

    let request = AddressRequests.add(prefix, toLinkAt: 4)

    let oracle = Self.tree(AttributeTree.bytes(given.1), header: 8)
    #expect(Self.tree(request.bytes, header: 8) == oracle)
  }

  @Test func `an address is removed as iproute2 does`() throws {
    let prefix = try #require(IPPrefix("10.1.2.3/24"))

    let request = AddressRequests.remove(prefix, fromLinkAt: 4)

    let oracle = Self.tree(AttributeTree.bytes(IProute2.removeAddress), header: 8)
    #expect(Self.tree(request.bytes, header: 8) == oracle)
  }

  @Test func `a default route with metrics is added as iproute2 does`() throws {
    let route = Route(
      destination: .any(.v4),
      gateway: IPAddress("10.1.2.1"),
      mtu: 1300,
      advertisedMSS: 1200,
      priority: 7,
      table: 100
    )

    let lines = try Self.lines(route)
    #expect(lines == Self.oracle(IProute2.addRouteV4))
  }

  @Test func `an IPv6 route is added as iproute2 does`() throws {
    let route = Route(
      destination: try #require(IPPrefix("fd01::/64")),
      gateway: IPAddress("fd00::2")
    )

    let lines = try Self.lines(route)
    #expect(lines == Self.oracle(IProute2.addRouteV6))
  }

  @Test func `a route without a gateway has link scope as with iproute2`() throws {
    let route = Route(
      destination: try #require(IPPrefix("10.5.0.0/16"))
    )

    let lines = try Self.lines(route)
    #expect(lines == Self.oracle(IProute2.addLinkRoute))
  }

  private static func oracle(_ text: String) -> [String] {
    routeLines(AttributeTree.bytes(text))
  }

  private static func lines(_ route: Route) throws -> [String] {
    routeLines(RouteRequests.add(route, throughLinkAt: 4).bytes)
  }

  /// What counts of a route's request.
  ///
  /// iproute2 asks for NLM_F_EXCL, which would keep IPv6 from adding hops to a route; libnl also
  /// writes the table (RTA_TABLE, 15) and a default route's empty destination (RTA_DST, 1) that the
  /// header has already.
  private static func routeLines(_ bytes: [UInt8]) -> [String] {
    let table = "[15] \(Hexadecimal.text(of: bytes[20..<21]))000000"
    return tree(bytes, header: 12).filter { line in
      !line.hasPrefix("type ") && line != table && line != "[1] 00000000"
    }
  }
}
