// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@Suite struct InstalledRouteTests {
  private static func wanted() throws -> Route {
    Route(
      destination: try #require(IPPrefix("10.7.0.0/16")),
      gateway: IPAddress("10.1.2.1"),
      priority: 7
    )
  }

  private static func installed(
    by interface: Int32 = 4,
    gateway: String = "10.1.2.1",
    priority: Int = 7,
    table: Int = 254
  ) throws -> InstalledRoute {
    InstalledRoute(
      destination: try #require(IPPrefix("10.7.0.0/16")),
      hops: [.init(interface: interface, gateway: IPAddress(gateway))],
      priority: priority,
      table: table
    )
  }

  @Test func `a route matches one with the same gateway, link and attributes`() throws {
    let wanted = try Self.wanted()

    #expect(try Self.installed().fulfils(wanted, through: 4))
    #expect(try !Self.installed(by: 5).fulfils(wanted, through: 4))
    #expect(try !Self.installed(gateway: "10.1.2.2").fulfils(wanted, through: 4))
    #expect(try !Self.installed(priority: 8).fulfils(wanted, through: 4))
  }

  @Test func `a route without a table matches any table, one with a table only that`() throws {
    var wanted = try Self.wanted()

    #expect(try Self.installed(table: 100).fulfils(wanted, through: 4))
    wanted.table = 101
    #expect(try !Self.installed(table: 100).fulfils(wanted, through: 4))
  }

  @Test func `the kernel limits the MTU of a route to 65520`() throws {
    var wanted = try Self.wanted()
    var installed = try Self.installed()
    installed.mtu = 65520

    wanted.mtu = 65535
    #expect(installed.fulfils(wanted, through: 4))
    wanted.mtu = 65519
    #expect(!installed.fulfils(wanted, through: 4))
  }
}
