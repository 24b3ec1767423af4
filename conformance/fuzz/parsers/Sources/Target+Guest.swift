// SPDX-License-Identifier: Apache-2.0

import NetworkModel

@testable import GuestAddressing

extension GuestFacts {
  /// A dual-stack guest with every option.
  fileprivate static let example: GuestFacts? = {
    guard let mac = MACAddress("02:00:00:00:00:00"), let v4 = IPPrefix("10.0.2.1/24"),
      let v6 = IPPrefix("fd10:0:2::1/120"), let name = DomainName("vm")
    else { return nil }
    var facts = GuestFacts(bridgeMAC: mac, mtu: 1450)
    facts.v4 = Network(gateway: v4)
    facts.v6 = Network(gateway: v6)
    facts.hostname = name
    facts.resolver = ResolverSettings(
      text: "nameserver 10.96.0.10\nnameserver fd00::a\nsearch a.b c"
    )
    facts.extras.tftpServerName = "10.0.0.9"
    facts.extras.bootFileName = "boot.ipxe"
    return facts
  }()
}

extension Target {
  private static let server4 = GuestFacts.example.flatMap { DHCPv4Server($0) }
  private static let server6 = GuestFacts.example.flatMap { DHCPv6Server($0) }

  func feedDHCPv4(_ bytes: [UInt8]) {
    require(Self.server4 != nil, "there is a server")
    guard let answer = Self.server4?.answer(to: bytes) else { return }
    let datagram = answer.message.encoded
    require((300...1472).contains(datagram.count), "an answer of \(datagram.count) bytes")
    require(datagram[0] == 2 && datagram[4..<8] == bytes[4..<8], "an answer is to its question")
    let given = Array(datagram[16..<20])
    require(
      given == [0, 0, 0, 0] || given == [10, 0, 2, 2],
      "no address but the guest's is given"
    )
    require(DHCPv4Message(datagram) != nil, "an answer can be read")
  }

  func feedDHCPv6(_ bytes: [UInt8]) {
    require(Self.server6 != nil, "there is a server")
    guard let source = IPAddress("fe80::1"), let servers = IPAddress("ff02::1:2"),
      let answer = Self.server6?.answer(to: bytes, from: source, at: servers)
    else { return }
    require(answer.count <= 1232 + bytes.count, "an answer of \(answer.count) bytes")
    require(answer[1..<4] == bytes[1..<4], "an answer is to its question")
    require(DHCPv6Message(answer) != nil, "an answer can be read")
  }

  func feedSolicitation(_ bytes: [UInt8]) {
    guard let source = IPAddress("fe80::1"),
      RouterSolicitation.isValid(bytes, hopLimit: 255, from: source)
    else { return }
    require(bytes.count >= 8 && bytes[0] == 133 && bytes[1] == 0, "a solicitation is of its type")
  }

  func feedResolver(_ bytes: [UInt8]) {
    guard var facts = GuestFacts.example else { return }
    facts.resolver = ResolverSettings(text: String(decoding: bytes, as: UTF8.self))
    require(facts.resolver.servers(.v4).count <= bytes.count, "a server takes bytes")
    guard let advertisement = RouterAdvertisement(facts) else { return }
    require(advertisement.encoded.count <= 1232, "an advertisement is not fragmented")
  }
}
