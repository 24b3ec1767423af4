// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import GuestAddressing

struct DHCPv4Tests {
  private func answer(_ packet: String) throws -> DHCPv4Server.Answer? {
    try #require(DHCPv4Server(.example)).answer(to: bytes(packet))
  }

  @Test func `a discovery is offered the guest's address with all options`() throws {
    let answer = try answer(DHCPv4Golden.discover)

    #expect(hex(answer?.message.encoded) == DHCPv4Golden.offer)
    #expect(answer?.destination.description == "255.255.255.255")
  }

  @Test func `a request for the guest's address is acknowledged`() throws {
    let answer = try answer(DHCPv4Golden.request)

    #expect(answer?.message.type == .acknowledge)
    #expect(answer?.message.assignedAddress.description == "10.0.2.2")
  }

  @Test func `a renewal is answered by unicast`() throws {
    let answer = try answer(DHCPv4Golden.renew)

    #expect(answer?.message.type == .acknowledge)
    #expect(answer?.destination.description == "10.0.2.2")
  }

  @Test func `a request for another address is refused`() throws {
    let answer = try answer(DHCPv4Golden.requestForAnotherAddress)

    #expect(hex(answer?.message.encoded) == DHCPv4Golden.nak)
  }

  @Test func `a guest that moved here and rebinds is refused by broadcast`() throws {
    let answer = try answer(DHCPv4Golden.rebindAfterMove)

    #expect(hex(answer?.message.encoded) == DHCPv4Golden.nak)
    #expect(answer?.destination.description == "255.255.255.255")
  }

  @Test func `a guest that asks for settings only is given no lease`() throws {
    let message = try #require(try answer(DHCPv4Golden.inform)).message

    #expect(message.type == .acknowledge)
    #expect(message.assignedAddress.isUnspecified)
    #expect(message[.addressTime] == nil)
    #expect(message[.router] == [10, 0, 2, 1])
  }

  @Test(
    arguments: [
      DHCPv4Golden.requestToAnotherServer, DHCPv4Golden.relayed, DHCPv4Golden.offer,
      DHCPv4Golden.nak, DHCPv4Golden.release, DHCPv4Golden.decline, "", "01",
    ]
  )
  func `messages for others are not answered`(packet: String) throws {
    #expect(try answer(packet) == nil)
  }

  /// An acknowledgement with a search list of 30 domains, each of 23 bytes on the wire.
  private func acknowledgement(mtu: Int, statedSize: UInt16?) throws -> DHCPv4Message {
    var facts = GuestFacts.example
    facts.mtu = mtu
    facts.resolver.search = "abcdefghijklmnopqrstuvwxyz1234".compactMap { letter in
      DomainName("\(letter).cluster.example.org")
    }
    facts.extras.bootFileName = "pxelinux.0"
    var request = try #require(DHCPv4Message(bytes(DHCPv4Golden.request)))
    if let statedSize {
      request.options.append(DHCPv4Option(.maximumMessageSize, .integer(statedSize)))
    }
    return try #require(DHCPv4Server(facts)?.answer(to: request.encoded)).message
  }

  @Test func `a search list is shortened if a client has no room for all domains`() throws {
    let message = try acknowledgement(mtu: 1450, statedSize: nil)

    #expect(message[.domainSearch]?.count == 9 * 23)
    #expect(message[.domainSearch]?.prefix(3) == [1, UInt8(ascii: "a"), 7])
    #expect(message[.bootFileName] == Array("pxelinux.0".utf8))
    #expect(message[.router] == [10, 0, 2, 1])
  }

  @Test(arguments: [(68, 1500, 548), (576, 1500, 548), (1000, 1500, 972), (1450, 300, 548)])
  func `a message is as long as the client and the link allow`(
    mtu: Int,
    statedSize: UInt16,
    limit: Int
  ) throws {
    let count = try acknowledgement(mtu: mtu, statedSize: statedSize).encoded.count

    #expect(count <= limit)
    #expect(count > limit - 24)
  }

  @Test func `a long search list is split across options`() throws {
    let message = try acknowledgement(mtu: 1450, statedSize: 1450)

    #expect(message[.domainSearch]?.count == 30 * 23)
  }

  @Test func `booting guests get their extra options`() throws {
    var facts = GuestFacts.example
    facts.extras.ntpServers = [prefix("192.0.2.7/32").address]
    facts.extras.tftpServerName = "192.0.2.8"
    facts.extras.bootFileName = "pxelinux.0"
    facts.extras.privateOptions = [240: "site"]
    let server = try #require(DHCPv4Server(facts))

    let message = try #require(server.answer(to: bytes(DHCPv4Golden.discover))).message

    #expect(message[.ntpServers] == [192, 0, 2, 7])
    #expect(message[.tftpServerName] == Array("192.0.2.8".utf8))
    #expect(message.nextServer.description == "192.0.2.8")
    #expect(message.bootFile == Array("pxelinux.0".utf8))
    #expect(message[.bootFileName] == Array("pxelinux.0".utf8))
    #expect(message[DHCPv4Option.Code(rawValue: 240)] == Array("site".utf8))
  }

  @Test func `a name is not sent as boot server, nor a long name as file in the header`() throws {
    var facts = GuestFacts.example
    facts.extras.tftpServerName = "tftp.example"
    facts.extras.bootFileName = String(repeating: "b", count: 128)
    let server = try #require(DHCPv4Server(facts))

    let message = try #require(server.answer(to: bytes(DHCPv4Golden.discover))).message

    #expect(message.nextServer.isUnspecified)
    #expect(message.bootFile.isEmpty)
    #expect(message[.bootFileName]?.count == 128)
  }

  @Test func `T1 is half of the lease and T2 seven eighths`() throws {
    var facts = GuestFacts.example
    facts.leaseSeconds = 1600
    let server = try #require(DHCPv4Server(facts))

    let message = try #require(server.answer(to: bytes(DHCPv4Golden.request))).message

    #expect(message[.addressTime] == [0, 0, 6, 64])
    #expect(message[.renewalTime] == [0, 0, 3, 32])
    #expect(message[.rebindingTime] == [0, 0, 5, 120])
  }

  @Test func `an infinite lease has infinite T1 and T2`() throws {
    var facts = GuestFacts.example
    facts.leaseSeconds = .max
    let server = try #require(DHCPv4Server(facts))

    let message = try #require(server.answer(to: bytes(DHCPv4Golden.request))).message

    #expect(message[.addressTime] == [255, 255, 255, 255])
    #expect(message[.renewalTime] == [255, 255, 255, 255])
  }

  @Test(arguments: 0..<64)
  func `a written message is read back equal`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let mac = try #require(
      MACAddress(bytes: (0..<6).map { _ in .random(in: 0...255, using: &numbers) })
    )
    var message = DHCPv4Message(
      .request,
      transaction: .random(in: 0...UInt32.max, using: &numbers),
      hardwareAddress: mac
    )
    message.nextServer = prefix("192.0.2.8/32").address
    message.bootFile = Array("pxelinux.0".utf8)
    message.wantsBroadcast = .random(using: &numbers)
    message.clientAddress = prefix("10.0.2.2/32").address
    let codes = (1...254).shuffled(using: &numbers).prefix(5)
    message.options = codes.map { code in
      DHCPv4Option(DHCPv4Option.Code(rawValue: UInt8(code)), numbers.bytes(upTo: 600))
    }

    #expect(DHCPv4Message(message.encoded) == message)
  }

  @Test func `damaged and random packets do no harm`() throws {
    var facts = GuestFacts.example
    facts.resolver.search = Array(
      repeating: try #require(DomainName("a.very.long.domain.of.a.cluster.example.org")),
      count: 32
    )
    let server = try #require(DHCPv4Server(facts))
    var numbers = SeededNumbers(seed: 4)
    let packets = [
      DHCPv4Golden.discover, DHCPv4Golden.request, DHCPv4Golden.renew, DHCPv4Golden.inform,
    ].map { bytes($0) }

    // The discovery takes 1500 bytes, the link 1450 with 28 of headers.
    var longest = 0
    var answers = 0
    for round in 0..<8_000 {
      let golden = packets[round / 4 % packets.count]
      let packet = round % 4 == 0 ? numbers.bytes(upTo: 1500) : numbers.mutated(golden)
      guard let answer = server.answer(to: packet) else { continue }
      answers += 1
      longest = max(longest, answer.message.encoded.count)
    }

    #expect(answers > 100)
    #expect((1375...1422).contains(longest))
  }
}
