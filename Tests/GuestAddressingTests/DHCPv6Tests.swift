// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import GuestAddressing

struct DHCPv6Tests {
  private let guest = prefix("fe80::5054:ff:fe12:3456/128").address
  private let servers = prefix("ff02::1:2/128").address

  private func answer(_ packet: String) throws -> String? {
    let server = try #require(DHCPv6Server(.example))
    return hex(server.answer(to: bytes(packet), from: guest, at: servers))
  }

  /// The answer to a message with associations of addresses.
  private func answer(
    _ kind: DHCPv6Message.Kind,
    to server: DHCPv6Server? = DHCPv6Server(.example),
    holding addresses: [[String]]
  ) throws -> DHCPv6Message? {
    let namesServer = kind != .solicit && kind != .confirm && kind != .rebind
    let packet = namesServer ? DHCPv6Golden.request : DHCPv6Golden.solicit
    var message = try #require(DHCPv6Message(bytes(packet)))
    message.kind = kind
    message.options.removeAll { $0.code == .addresses }
    message.options += addresses.enumerated().map { number, addresses in
      let held = addresses.map {
        IdentityAssociation.Address(prefix($0).address, preferredSeconds: 9, validSeconds: 9)
      }
      let association = IdentityAssociation(identifier: UInt32(number), addresses: held)
      return DHCPv6Option(.addresses, association.encoded)
    }
    let datagram = try #require(server).answer(to: message.encoded, from: guest, at: servers)
    return datagram.flatMap { DHCPv6Message($0) }
  }

  @Test(arguments: ["2001:db8::5/128", "::/128", "fd10:0:2::2/128"])
  func `a datagram from beyond the link is not answered`(source: String) throws {
    let server = try #require(DHCPv6Server(.example))

    let source = prefix(source).address
    #expect(server.answer(to: bytes(DHCPv6Golden.solicit), from: source, at: servers) == nil)
  }

  /// What the server says to a message of a kind that was sent to one of its own addresses.
  private func refusal(_ kind: DHCPv6Message.Kind) throws -> DHCPv6Message? {
    let namesServer = [.request, .renew, .release, .decline].contains(kind)
    let packet = namesServer ? DHCPv6Golden.request : DHCPv6Golden.solicit
    var message = try #require(DHCPv6Message(bytes(packet)))
    message.kind = kind
    if kind == .informationRequest { message.options.removeAll { $0.code == .addresses } }
    let server = try #require(DHCPv6Server(.example))
    try #require(server.answer(to: message.encoded, from: guest, at: servers) != nil)
    let gateway = prefix("fe80::ff:fe00:0/128").address
    return server.answer(to: message.encoded, from: guest, at: gateway).flatMap {
      DHCPv6Message($0)
    }
  }

  /// RFC 8415 §16.
  @Test(arguments: [DHCPv6Message.Kind.solicit, .rebind, .informationRequest])
  func `a request that must be multicast is not answered otherwise`(
    kind: DHCPv6Message.Kind
  ) throws {
    #expect(try refusal(kind) == nil)
  }

  /// RFC 8415 §18.4: the two identifiers, the status, and no other option.
  @Test(arguments: [DHCPv6Message.Kind.request, .renew, .release, .decline])
  func `a client that uses unicast is told to use multicast`(
    kind: DHCPv6Message.Kind
  ) throws {
    let refusal = try #require(try refusal(kind))

    #expect(refusal.kind == .reply)
    #expect(refusal.options.map(\.code) == [.clientIdentifier, .serverIdentifier, .status])
    #expect(refusal[.status].flatMap { DHCPv6Status($0) } == .useMulticast)
  }

  @Test(arguments: [1280, 1500, 65535, 65536])
  func `only as many name servers are sent as fit a packet of the link`(mtu: Int) throws {
    var facts = GuestFacts.example
    facts.mtu = mtu
    let server = prefix("fd00:96::a/128").address
    facts.resolver = ResolverSettings(servers: Array(repeating: server, count: 4100))

    let reply = try #require(try settings(facts))

    // 40 and 8 bytes are those of IPv6 and UDP.
    #expect(reply.encoded.count <= mtu - 48)
    #expect(reply[.nameServers]?.count == Self.fitting(16, mtu))
    #expect(reply[.domainList] == nil)
  }

  @Test(arguments: [1280, 1500, 65535])
  func `only as many domains are sent as fit a packet of the link`(mtu: Int) throws {
    var facts = GuestFacts.example
    facts.mtu = mtu
    let label = String(repeating: "a", count: 59)
    let name = try #require(DomainName(Array(repeating: label, count: 4).joined(separator: ".")))
    facts.resolver = ResolverSettings(search: Array(repeating: name, count: 300))

    let reply = try #require(try settings(facts))

    #expect(reply.encoded.count <= mtu - 48)
    #expect(reply[.domainList]?.count == Self.fitting(241, mtu))
  }

  /// The answer to a question for settings, which names the server besides.
  private func settings(_ facts: GuestFacts) throws -> DHCPv6Message? {
    let server = try #require(DHCPv6Server(facts))
    let packet = bytes(DHCPv6Golden.informationRequest)
    return server.answer(to: packet, from: guest, at: servers).flatMap { DHCPv6Message($0) }
  }

  /// How many bytes items of a size are that fit beside the server's identifier (14 bytes), the
  /// message's and the option's header (4 each), IPv6's and UDP's.
  private static func fitting(_ size: Int, _ mtu: Int) -> Int {
    (min(mtu, 65535) - 48 - 4 - 14 - 4) / size * size
  }

  @Test func `a released address is confirmed`() throws {
    #expect(try answer(DHCPv6Golden.release) == DHCPv6Golden.released)
  }

  @Test func `one address of another link makes the client's whole set off-link`() throws {
    let mixed = try answer(.confirm, holding: [["fd10:0:2::2/128"], ["fd99::5/128"]])
    let own = try answer(.confirm, holding: [["fd10:0:2::2/128"], ["fd10:0:2::9/128"]])

    #expect(mixed?[.status].flatMap { DHCPv6Status($0) } == .notOnLink)
    #expect(own?[.status].flatMap { DHCPv6Status($0) } == .success)
  }

  @Test(arguments: [DHCPv6Message.Kind.renew, .request, .release, .decline])
  func `a message to another server is not answered`(kind: DHCPv6Message.Kind) throws {
    var message = try #require(DHCPv6Message(bytes(DHCPv6Golden.requestToAnotherServer)))
    message.kind = kind
    let server = try #require(DHCPv6Server(.example))

    #expect(server.answer(to: message.encoded, from: guest, at: servers) == nil)
  }

  @Test func `T1 is half of the lifetime and T2 four fifths`() throws {
    var facts = GuestFacts.example
    facts.leaseSeconds = 1000
    let reply = try answer(.rebind, to: DHCPv6Server(facts), holding: [["fd10:0:2::2/128"]])

    let association = try #require(reply?[.addresses].flatMap { IdentityAssociation($0) })
    #expect(association.renewalSeconds == 500)
    #expect(association.rebindingSeconds == 800)
  }

  @Test func `an infinite lifetime has infinite T1 and T2`() throws {
    var facts = GuestFacts.example
    facts.leaseSeconds = .max
    let reply = try answer(.renew, to: DHCPv6Server(facts), holding: [["fd10:0:2::2/128"]])

    let association = try #require(reply?[.addresses].flatMap { IdentityAssociation($0) })
    #expect(association.renewalSeconds == .max)
    #expect(association.rebindingSeconds == .max)
  }

  @Test func `a solicitation is advertised the guest's address`() throws {
    #expect(try answer(DHCPv6Golden.solicit) == DHCPv6Golden.advertise)
  }

  @Test func `a rapid commit solicitation gets its address at once`() throws {
    #expect(try answer(DHCPv6Golden.rapidSolicit) == DHCPv6Golden.rapidReply)
  }

  @Test func `a request gets the guest's address`() throws {
    #expect(try answer(DHCPv6Golden.request) == DHCPv6Golden.reply)
  }

  @Test func `an information request gets settings without an address`() throws {
    #expect(try answer(DHCPv6Golden.informationRequest) == DHCPv6Golden.informationReply)
  }

  @Test func `addresses of another link are reported as off-link`() throws {
    #expect(try answer(DHCPv6Golden.confirmOffLink) == DHCPv6Golden.notOnLink)
  }

  @Test(
    arguments: [
      DHCPv6Golden.requestToAnotherServer, DHCPv6Golden.advertise, DHCPv6Golden.reply,
      // A solicitation without a client's identifier, and a relay's message.
      "01123456", "0c00" + String(repeating: "00", count: 32), "",
    ]
  )
  func `messages for others are not answered`(packet: String) throws {
    #expect(try answer(packet) == nil)
  }

  @Test func `an address of another network is ended when it is renewed`() throws {
    let stranger = prefix("fd99::5/128").address

    let reply = try #require(try answer(.renew, holding: [["fd99::5/128"]]))

    let association = try #require(reply[.addresses].flatMap { IdentityAssociation($0) })
    #expect(
      association.addresses == [
        .init(prefix("fd10:0:2::2/128").address, preferredSeconds: 86400, validSeconds: 86400),
        .init(stranger, preferredSeconds: 0, validSeconds: 0),
      ]
    )
  }

  @Test func `a second association and a prefix are refused`() throws {
    let server = try #require(DHCPv6Server(.example))
    var solicitation = try #require(DHCPv6Message(bytes(DHCPv6Golden.solicit)))
    let second = IdentityAssociation(identifier: 8)
    solicitation.options.append(DHCPv6Option(.addresses, second.encoded))
    solicitation.options.append(DHCPv6Option(.prefixes, second.encoded))

    let answer = try #require(
      server.answer(to: solicitation.encoded, from: guest, at: servers).flatMap {
        DHCPv6Message($0)
      }
    )

    let associations = answer.options.filter { $0.code == .addresses || $0.code == .prefixes }
      .map { IdentityAssociation($0.value)?.status }
    #expect(associations == [nil, .noAddressesAvailable, .noPrefixAvailable])
  }

  @Test(arguments: 0..<64)
  func `a written message is read back equal`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let kind = try #require(DHCPv6Message.Kind.allCases.randomElement(using: &numbers))
    let message = DHCPv6Message(
      kind,
      transaction: .random(in: 0...UInt32.max, using: &numbers),
      options: (0..<5).map { _ in
        let code = DHCPv6Option.Code(rawValue: .random(in: 0...UInt16.max, using: &numbers))
        return DHCPv6Option(code, numbers.bytes(upTo: 300))
      }
    )

    #expect(DHCPv6Message(message.encoded) == message)
  }

  @Test(arguments: 0..<64)
  func `a written association is read back equal`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let address = try #require(
      IPAddress(bytes: (0..<16).map { _ in .random(in: 0...255, using: &numbers) })
    )
    let association = IdentityAssociation(
      identifier: .random(in: 0...UInt32.max, using: &numbers),
      renewalSeconds: .random(in: 0...UInt32.max, using: &numbers),
      rebindingSeconds: .random(in: 0...UInt32.max, using: &numbers),
      addresses: [.init(address, preferredSeconds: 1, validSeconds: 2)],
      status: DHCPv6Status.allCases.randomElement(using: &numbers)
    )

    #expect(IdentityAssociation(association.encoded) == association)
  }

  @Test func `damaged and random packets do no harm`() throws {
    let server = try #require(DHCPv6Server(.example))
    var numbers = SeededNumbers(seed: 6)
    let packets = [
      DHCPv6Golden.solicit, DHCPv6Golden.rapidSolicit, DHCPv6Golden.request,
      DHCPv6Golden.informationRequest, DHCPv6Golden.confirmOffLink,
    ].map { bytes($0) }

    var answers = 0
    var growth = 0
    for round in 0..<20_000 {
      let golden = packets[round / 4 % packets.count]
      let packet = round % 4 == 0 ? numbers.bytes(upTo: 1500) : numbers.mutated(golden)
      guard let answer = server.answer(to: packet, from: guest, at: servers) else { continue }
      answers += 1
      growth = max(growth, answer.count - packet.count)
    }

    #expect(answers > 100)
    // An address of 28 bytes, its server's name of 14, name servers and domains of 65, preference.
    #expect((100...125).contains(growth))
  }

  @Test func `the reply to a packet full of associations is hardly larger`() throws {
    let answer = try answer(.solicit, holding: Array(repeating: [], count: 90))

    #expect(answer?.options.filter { $0.code == .addresses }.count == 90)
    #expect((1900...2300).contains(try #require(answer).encoded.count))
  }
}
