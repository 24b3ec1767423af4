// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Netlink

/// A process with CAP_NET_ADMIN in a namespace may write to netlink sockets and groups there.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct ForeignSenderTests {
  @Test(arguments: [NETLINK_ROUTE, NETLINK_NETFILTER])
  func `no other process can write to a socket`(family: Int32) throws {
    try inNewNetworkNamespace {
      let socket = try NetlinkSocket.open(family, describedAs: "a socket")
      let stranger = try ForeignSender(family)

      let error = stranger.refuse(1, at: socket.port)

      #expect(error == ECONNREFUSED)
    }
  }

  @Test func `a message to a group is not mistaken for a reply`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      try socket.socket.join(RTNLGRP_LINK.rawValue)
      let request = RouteMessage(RTM_GETLINK, .one, header: ifinfomsg(index: 1))
      _ = try socket.socket.ask(request, { ("look up", "it") }) { $0.type }
      // libnl numbers messages one after the other.
      let next = request.sequence.upperBound + 1
      let stranger = try ForeignSender(NETLINK_ROUTE)
      #expect(stranger.refuse(next, inGroup: RTNLGRP_LINK.rawValue) == 0)

      let link = try socket.link(named: try #require(InterfaceName("lo")))

      #expect(link?.index == 1)
    }
  }

  @Test func `a wait ends in time although another process writes to its group`() throws {
    try inNewNetworkNamespace {
      let events = try RouteEvents(.links)
      let stranger = try ForeignSender(NETLINK_ROUTE)
      let start = Polling.now
      var questions = 0

      let isReached = try events.wait(milliseconds: 300) { () throws(KernelError) in
        questions += 1
        return stranger.refuse(1, inGroup: RTNLGRP_LINK.rawValue) != 0
      }

      #expect(!isReached)
      #expect(questions > 1)
      #expect((300..<2000).contains(Polling.now - start))
    }
  }

  @Test func `requests and waits succeed while a process floods sockets and groups`() throws {
    try inNewNetworkNamespace {
      let socket = try RouteSocket()
      let events = try RouteEvents(.links)
      let name = try #require(InterfaceName("lo"))
      let flood = try Disturber(flooding: socket.socket.port, andGroup: RTNLGRP_LINK.rawValue)
      defer { extendLifetime(flood) }
      // It has begun where the group's socket has something to read.
      #expect(try Polling.wait(for: [events.socket.descriptor], milliseconds: 20_000) == [true])

      for mtu in 1000..<1200 {
        try socket.perform(.changeLink(name, LinkChange(mtu: mtu))) { _ throws(KernelError) in 1 }
        #expect(try socket.link(named: name)?.mtu == mtu)
      }
      let start = Polling.now
      let isReached = try events.wait(milliseconds: 500) { () throws(KernelError) in false }

      #expect(!isReached)
      #expect(Polling.now - start < 5000)
    }
  }
}
