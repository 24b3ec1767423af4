// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Netlink

/// Answers that are torn, lost or left over.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct TransportTests {
  private static var words: NetlinkSocket.Words { { ("list", "links") } }
  private static var listing: RouteMessage {
    RouteMessage(RTM_GETLINK, .many, header: ifinfomsg())
  }

  /// Makes links until a listing has several parts, the first of which are prepared ahead.
  private static func fill(_ socket: borrowing RouteSocket) throws {
    for number in 0..<100 { try add(number, socket) }
  }

  private static func add(_ number: Int, _ socket: borrowing RouteSocket) throws {
    let name = try #require(InterfaceName("br\(number)"))
    let mac = try #require(MACAddress(bytes: [2, 0, 0, 0, 1, UInt8(number)]))
    let bridge = BridgeCreation(name: name, mac: mac)
    try socket.perform(.createBridge(bridge)) { _ throws(KernelError) in 0 }
  }

  private static func replace(_ socket: borrowing RouteSocket) {
    let mac = MACAddress("02:00:00:00:00:63")
    guard let name = InterfaceName("br99"), let mac else { return }
    let none = { (_: InterfaceName) throws(KernelError) -> Int32 in 0 }
    try? socket.perform(.deleteLink(name), index: none)
    try? socket.perform(.createBridge(BridgeCreation(name: name, mac: mac)), index: none)
  }

  @Test func `a dump interrupted by a change is repeated`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let other = try RouteSocket()
      try Self.fill(socket)
      var replies = 0

      let names = try socket.socket.ask(Self.listing, Self.words) { reply in
        replies += 1
        if replies == 1 { Self.replace(other) }
        return Link(reply)?.name.string
      }

      #expect(names.count == 101)
      #expect(Set(names).count == 101)
      #expect(replies > 101)
    }
  }

  @Test func `a dump that is always interrupted is an error`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let other = try RouteSocket()
      try Self.fill(socket)
      var listings = 0

      let error = #expect(throws: KernelError.self) {
        _ = try socket.socket.ask(Self.listing, Self.words) { reply in
          guard Link(reply)?.name.string == "lo" else { return false }
          listings += 1
          Self.replace(other)
          return true
        }
      }

      #expect(error?.errno == EINTR)
      #expect(listings == 50)
    }
  }

  @Test func `leftovers of an abandoned request are not mistaken for the next reply`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      try Self.fill(socket)

      let error = #expect(throws: KernelError.self) {
        try socket.socket.exchange(Self.listing, Self.words) { _ throws(KernelError) in
          throw KernelError(E2BIG, Self.words)
        }
      }
      let link = try socket.link(named: try #require(InterfaceName("br7")))
      let all = try socket.links()

      #expect(error?.errno == E2BIG)
      #expect(link?.name.string == "br7")
      #expect(all.count == 101)
    }
  }

  @Test func `a reply to another request is not mistaken for this one's`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      try Self.add(7, socket)
      let other = RouteMessage(RTM_GETLINK, .one, header: ifinfomsg(index: 1))
      try socket.socket.send(other, Self.words)

      let link = try socket.link(named: try #require(InterfaceName("br7")))

      #expect(link?.name.string == "br7")
    }
  }

  @Test func `a lost reply is an error and the next request succeeds`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let name = try #require(InterfaceName("lo"))
      let isSmall = socket.socket.set(SOL_SOCKET, SO_RCVBUFFORCE, 4096)
      #expect(isSmall)
      let request = RouteMessage(RTM_GETLINK, .one, header: ifinfomsg(index: 1))
      // Answers that nobody takes fill the queue.
      for _ in 0..<20 { try socket.socket.send(request, Self.words) }

      let error = #expect(throws: KernelError.self) { _ = try socket.link(named: name) }
      let link = try socket.link(named: name)

      #expect(error?.errno == ENOBUFS)
      #expect(link?.index == 1)
    }
  }

  @Test func `a dump of which a part may be lost is an error`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      try Self.fill(socket)
      let isSmall = socket.socket.set(SOL_SOCKET, SO_RCVBUFFORCE, 4096)
      #expect(isSmall)
      let other = RouteMessage(RTM_GETLINK, .one, header: ifinfomsg(index: 1))
      var replies = 0

      let error = #expect(throws: KernelError.self) {
        _ = try socket.socket.ask(Self.listing, Self.words) { reply in
          replies += 1
          // Answers that nobody takes fill the queue.
          if replies == 1 { for _ in 0..<20 { try? socket.socket.send(other, Self.words) } }
          return Link(reply)?.name.string
        }
      }

      #expect(error?.errno == ENOBUFS)
      #expect(try socket.links().count == 101)
    }
  }

  @Test func `a request without a reply is an error`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      // A change that asks for no acknowledgement.
      let request = RouteMessage(RTM_SETLINK, .none, header: ifinfomsg(index: 1))

      let error = #expect(throws: KernelError.self) {
        _ = try socket.socket.ask(request, Self.words) { $0.type }
      }

      #expect(error?.errno == ENOBUFS)
    }
  }
}
