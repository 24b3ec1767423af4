// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import SRIOV
import Testing

@testable import CNI
@testable import sriov

@Suite struct AttachmentObservationTests {
  private static func previous(mac: String = "6e:00:00:00:00:01") throws -> AddResult {
    var result = AddResult()
    result.interfaces = [
      AddResult.Interface(
        name: "net1",
        mac: MACAddress(mac),
        mtu: 1500,
        sandbox: "/run/netns/blue",
        pciID: "0000:01:10.0"
      )
    ]
    return result
  }

  /// What there is after an ADD of the sample: the interface in the container, up.
  private static func state() throws -> AttachmentObservation {
    let record = try Sample.record()
    var state = AttachmentObservation(attachment: record.attachment)
    state.record = record
    state.observation = try Sample.observation()
    state.observation?.link = nil
    state.namespace = record.namespace
    var link = try Sample.link()
    link.name = try Sample.name("net1")
    link.isUp = true
    state.link = link
    return state
  }

  private static func difference(
    _ state: AttachmentObservation,
    _ previous: AddResult,
    _ configuration: SRIOVConfiguration = SRIOVConfiguration()
  ) -> String? {
    state.firstDifference(from: configuration, previous)
  }

  @Test func `an unchanged attachment passes`() throws {
    #expect(Self.difference(try Self.state(), try Self.previous()) == nil)
  }

  @Test func `an MTU set by a later plugin is ignored`() throws {
    var state = try Self.state()
    state.link?.mtu = 1400

    #expect(Self.difference(state, try Self.previous()) == nil)
  }

  @Test func `an address set and reported by a later plugin passes`() throws {
    var state = try Self.state()
    state.link?.mac = try Sample.mac("02:00:00:00:00:02")
    state.observation?.settings?.mac = try Sample.mac("02:00:00:00:00:02")
    let configuration = SRIOVConfiguration(mac: try Sample.mac("02:00:00:00:00:01"))

    let later = try Self.previous(mac: "02:00:00:00:00:02")
    #expect(Self.difference(state, later, configuration) == nil)
  }

  @Test func `an unreported address is a difference`() throws {
    var state = try Self.state()
    state.link?.mac = try Sample.mac("02:00:00:00:00:02")

    #expect(Self.difference(state, try Self.previous())?.contains("has address 02:") == true)
  }

  /// Pair by pair these would be 64 million comparisons each.
  @Test func `CHECK compares many addresses and routes at once`() throws {
    let prefixes = (0..<8000).compactMap { IPPrefix("10.\($0 / 256).\($0 % 256).1/32") }
    var addressed = try Self.previous()
    addressed.addresses = prefixes.map { AddResult.Address(prefix: $0, interface: 0) }
    var routed = try Self.previous()
    routed.addresses = [AddResult.Address(prefix: prefixes[0], interface: 0)]
    routed.routes = prefixes.map { Route(destination: $0) }
    var state = try Self.state()
    state.addresses = prefixes.map { InterfaceAddress($0) }
    let index = try #require(state.link?.index)
    state.routes = prefixes.map {
      InstalledRoute(destination: $0, hops: [.init(interface: index, gateway: nil)])
    }

    let start = ContinuousClock.now
    #expect(Self.difference(state, addressed) == nil)
    #expect(Self.difference(state, routed) == nil)
    #expect(ContinuousClock.now - start < .seconds(15))
    state.routes.removeLast()
    #expect(Self.difference(state, routed)?.contains("no route to 10.31.63.1/32") == true)
  }

  @Test func `routes of other plugins of the chain are theirs to check`() throws {
    let prefix = try #require(IPPrefix("10.1.2.5/24"))
    let other = try #require(IPPrefix("10.9.9.5/24"))
    let gateway = try #require(IPAddress("10.9.9.1"))
    var previous = try Self.previous()
    previous.interfaces.append(
      AddResult.Interface(name: "eth0", sandbox: "/run/netns/blue")
    )
    previous.addresses = [
      AddResult.Address(prefix: prefix, interface: 0),
      AddResult.Address(prefix: other, gateway: gateway, interface: 1),
    ]
    previous.routes = [Route(destination: .any(.v4), gateway: gateway)]
    var state = try Self.state()
    state.addresses = [InterfaceAddress(prefix)]

    #expect(Self.difference(state, previous) == nil)
    previous.addresses[0].gateway = IPAddress("10.1.2.1")
    previous.routes.append(Route(destination: .any(.v4), gateway: previous.addresses[0].gateway))
    let difference = Self.difference(state, previous)
    #expect(difference?.contains("no route to 0.0.0.0/0 via 10.1.2.1") == true)
  }

  @Test func `the result follows what earlier plugins of the chain gave`() throws {
    let first = AddResult.Interface(name: "eth0", sandbox: "/run/netns/blue")
    let own = try #require(try Self.previous().interfaces.first)
    let prefixes = [IPPrefix("10.9.9.5/24"), IPPrefix("10.1.2.5/24")].compactMap { $0 }
    let routes = prefixes.map { Route(destination: $0.network) }
    var earlier = AddResult()
    earlier.interfaces = [first]
    earlier.addresses = [AddResult.Address(prefix: prefixes[0], interface: 0)]
    earlier.routes = [routes[0]]
    var lease = AddResult()
    lease.addresses = [AddResult.Address(prefix: prefixes[1])]
    lease.routes = [routes[1]]

    let result = earlier.appending([own], lease, dns: nil)

    #expect(result.interfaces == [first, own])
    #expect(result.addresses.map { $0.prefix } == prefixes)
    #expect(result.addresses.map { $0.interface } == [0, 1])
    #expect(result.routes == routes)
  }

  @Test func `a later namespace with the same path and inode is different`() throws {
    var state = try Self.state()
    state.namespace?.cookie = 2

    #expect(Self.difference(state, try Self.previous())?.contains("a namespace other than") == true)
  }

  @Test func `a later device at the same address is different`() throws {
    var state = try Self.state()
    state.observation?.device.incarnation = 8

    #expect(Self.difference(state, try Self.previous())?.contains("not the VF") == true)
  }
}
