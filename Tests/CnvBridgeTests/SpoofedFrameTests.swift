// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import TestSupport
import Testing

@testable import cnv_bridge

/// A bridge with two guests: frames really go through the kernel, and its forwarding database tells
/// whom the bridge takes for whom.
@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("ip") && Program.exists("bridge"), "iproute2 is not installed")
)
struct SpoofedFrameTests {
  private let attacker = "02:00:00:00:00:0a"
  private let victim = "02:00:00:00:00:0b"
  private let linkLocal = "01:80:c2:00:00:0e"

  /// Makes the bridge `br0`, ports `pa` and `pb` on it and the guests' ends `ga` and `gb`.
  private func makeBridge() throws {
    try Program.must("ip link add name br0 type bridge forward_delay 0 mcast_snooping 0")
    for (port, guest) in [("pa", "ga"), ("pb", "gb")] {
      try Program.must("ip link add name \(port) type veth peer name \(guest)")
      try Program.must("ip link set \(guest) addrgenmode none up")
      try Program.must("ip link set \(port) addrgenmode none master br0 up")
    }
    try Program.must("ip link set br0 addrgenmode none up")
    // Carrier is noticed in the background; until then the bridge passes nothing at all.
    while try Program.must("bridge link").occurrences(of: "state forwarding") < 2 {}
  }

  private func filterAttacker(_ innerTags: SpoofFilter.InnerTags = .carried) throws {
    let firewall = try Firewall()
    try firewall.setUp(
      SpoofFilter(
        port: name("pa"),
        address: address(attacker),
        innerTags: innerTags,
        attachment: "net/a/ga"
      )
    )
  }

  /// Returns the payloads that arrive at the other guest when the attacker sends a frame.
  private func arriving(
    from source: String,
    to destination: String = "ff:ff:ff:ff:ff:ff",
    tags: [[UInt8]] = []
  ) throws -> Int {
    let sender = try FrameSocket(name("ga"))
    let receiver = try FrameSocket(name("gb"))
    let frame = try Frame.make(
      from: address(source),
      to: address(destination),
      tags: tags,
      payload: "hello"
    )
    try sender.send(frame)
    let frames = try receiver.receive(withinMilliseconds: 50)
    return frames.count { $0.contains(Array("hello".utf8)) }
  }

  /// Returns the port behind which the bridge believes the victim.
  private func portOfVictim() throws -> String? {
    let entries = try Program.must("bridge fdb show br br0 dynamic").split(separator: "\n")
    let entry = entries.first { $0.hasPrefix(victim) }?.split(separator: " ")
    return entry.map { String($0[2]) }
  }

  private func letVictimSpeak() throws {
    let speaker = try FrameSocket(name("gb"))
    try speaker.send(
      Frame.make(from: address(victim), to: address("ff:ff:ff:ff:ff:ff"), payload: "here")
    )
  }

  @Test func `a frame from the permitted address arrives`() throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try filterAttacker()

      #expect(try arriving(from: attacker) == 1)
    }
  }

  @Test func `without a filter the attacker gets the victim's traffic, so the tests can fail`()
    throws
  {
    try inNewNetworkNamespace {
      try makeBridge()
      try letVictimSpeak()

      #expect(try arriving(from: victim, to: linkLocal) == 0)

      #expect(try portOfVictim() == "pa")
    }
  }

  @Test(arguments: [
    ("untagged", "ff:ff:ff:ff:ff:ff", [] as [[UInt8]]),
    ("tagged 802.1Q", "ff:ff:ff:ff:ff:ff", [[0x81, 0x00, 0x00, 0x64]]),
    ("priority-tagged", "ff:ff:ff:ff:ff:ff", [[0x81, 0x00, 0xE0, 0x00]]),
    ("tagged 802.1ad", "ff:ff:ff:ff:ff:ff", [[0x88, 0xA8, 0x00, 0x64]]),
    ("tagged twice", "ff:ff:ff:ff:ff:ff", [[0x88, 0xA8, 0x00, 0x64], [0x81, 0x00, 0x00, 0x05]]),
    ("to LLDP's group", "01:80:c2:00:00:0e", []),
    ("to LACP's group", "01:80:c2:00:00:02", []),
    ("to spanning tree's group", "01:80:c2:00:00:00", []),
    ("to the last reserved group", "01:80:c2:00:00:0f", []),
  ])
  func `a frame from the victim's address neither arrives nor is learnt`(
    kind: String,
    destination: String,
    tags: [[UInt8]]
  ) throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try filterAttacker()
      try letVictimSpeak()

      #expect(try arriving(from: victim, to: destination, tags: tags) == 0)

      #expect(try portOfVictim() == "pb")
    }
  }

  /// Frames of the permitted address that would come out with another VLAN's tag where the
  /// attacker's own VLAN leaves the node untagged.
  @Test(arguments: [
    ("802.1Q behind 802.1Q", [[0x81, 0x00, 0x00, 0x01], [0x81, 0x00, 0x00, 0xC8]] as [[UInt8]]),
    ("802.1Q behind a priority tag", [[0x81, 0x00, 0x00, 0x00], [0x81, 0x00, 0x00, 0xC8]]),
    ("802.1ad behind 802.1Q", [[0x81, 0x00, 0x00, 0x01], [0x88, 0xA8, 0x00, 0xC8]]),
    ("802.1ad", [[0x88, 0xA8, 0x00, 0xC8]]),
    ("802.1Q behind 802.1ad", [[0x88, 0xA8, 0x00, 0x01], [0x81, 0x00, 0x00, 0xC8]]),
  ])
  func `a tag hidden on an access port does not arrive, on another port it does`(
    kind: String,
    tags: [[UInt8]]
  ) throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try filterAttacker()
      let without = try arriving(from: attacker, tags: tags)

      try filterAttacker(.dropped)
      let with = try arriving(from: attacker, tags: tags)

      #expect(without == 1)
      #expect(with == 0)
    }
  }

  @Test(arguments: [
    (
      "behind the native VLAN",
      [[0x81, 0x00, 0x00, 0x64], [0x81, 0x00, 0x00, 0xC8]] as [[UInt8]], 0
    ),
    ("behind VLAN 0", [[0x81, 0x00, 0xE0, 0x00], [0x81, 0x00, 0x00, 0xC8]], 0),
    ("802.1ad behind the native VLAN", [[0x81, 0x00, 0x00, 0x64], [0x88, 0xA8, 0x00, 0xC8]], 0),
    ("802.1ad", [[0x88, 0xA8, 0x00, 0xC8]], 0),
    ("behind a VLAN of the trunk", [[0x81, 0x00, 0x00, 0x65], [0x81, 0x00, 0x00, 0xC8]], 1),
    ("in the native VLAN", [[0x81, 0x00, 0x00, 0x64]], 1),
    ("untagged", [], 1),
  ])
  func `a trunk carries tags behind those of its tagged VLANs only`(
    kind: String,
    tags: [[UInt8]],
    arrivals: Int
  ) throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try filterAttacker(.droppedBehind([try #require(VLANID(100))]))

      #expect(try arriving(from: attacker, tags: tags) == arrivals)
      #expect(try Program.must("nft list chain netdev cnv_bridge pa").contains("vlan id 100"))
    }
  }

  @Test(arguments: [
    ("untagged", [] as [[UInt8]]), ("tagged", [[0x81, 0x00, 0x00, 0x64]]),
    ("priority-tagged", [[0x81, 0x00, 0xE0, 0x00]]),
  ])
  func `a frame with one tag at most passes an access port`(kind: String, tags: [[UInt8]]) throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try filterAttacker(.dropped)

      #expect(try arriving(from: attacker, tags: tags) == 1)
    }
  }

  @Test func `a frame with a multicast source does not arrive`() throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try filterAttacker()

      #expect(try arriving(from: "03:00:00:00:00:0a") == 0)
    }
  }

  @Test(.enabled(if: Program.exists("nft"), "nft is not installed"))
  func `attempts are counted, and the counts are no difference`() throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try filterAttacker()

      #expect(try arriving(from: victim) == 0)
      #expect(try arriving(from: victim, to: linkLocal) == 0)

      let listing = try Program.must("nft list table netdev cnv_bridge")
      #expect(listing.contains("counter packets 2 bytes 92 drop"))
      let filter = SpoofFilter(
        port: try name("pa"),
        address: try address(attacker),
        attachment: "net/a/ga"
      )
      #expect(filter.difference(from: try Firewall().spoofFilter(of: name("pa"))) == nil)
    }
  }

  @Test func `a port without a filter is not affected by another's`() throws {
    try inNewNetworkNamespace {
      try makeBridge()
      try Firewall().setUp(
        SpoofFilter(port: name("pb"), address: address(victim), attachment: "net/b/gb")
      )

      #expect(try arriving(from: "02:00:00:00:00:77") == 1)
    }
  }
}

extension String {
  /// Returns how often a text occurs.
  fileprivate func occurrences(of text: String) -> Int {
    split(separator: text, omittingEmptySubsequences: false).count - 1
  }
}
