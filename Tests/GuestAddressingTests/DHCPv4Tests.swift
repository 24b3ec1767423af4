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

  @Test func `a renewal is answered to the guest alone`() throws {
    let answer = try answer(DHCPv4Golden.renew)

    #expect(answer?.message.type == .acknowledge)
    #expect(answer?.destination.description == "10.0.2.2")
  }

  @Test func `a request for another address is refused`() throws {
    let answer = try answer(DHCPv4Golden.requestForAnotherAddress)

    #expect(hex(answer?.message.encoded) == DHCPv4Golden.nak)
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
      DHCPv4Golden.nak, "", "01",
    ]
  )
  func `nothing is said to others' messages`(packet: String) throws {
    #expect(try answer(packet) == nil)
  }

  @Test func `options that a small client cannot take are left out`() throws {
    var facts = GuestFacts.example
    facts.resolver.search = Array(
      repeating: try #require(DomainName("a.very.long.domain.of.a.cluster.example.org")),
      count: 12
    )
    let server = try #require(DHCPv4Server(facts))

    let message = try #require(server.answer(to: bytes(DHCPv4Golden.request))).message

    #expect(message.encoded.count <= 548)
    #expect(message[.domainSearch] == nil)
    #expect(message[.router] != nil)
  }

  @Test func `booting guests get their extra options`() throws {
    var facts = GuestFacts.example
    facts.extras.timeServers = [prefix("192.0.2.7/32").address]
    facts.extras.tftpServerName = "tftp.example"
    facts.extras.bootFileName = "pxelinux.0"
    facts.extras.privateOptions = [240: "site"]
    let server = try #require(DHCPv4Server(facts))

    let message = try #require(server.answer(to: bytes(DHCPv4Golden.discover))).message

    #expect(message[.timeServer] == [192, 0, 2, 7])
    #expect(message[.tftpServerName] == Array("tftp.example".utf8))
    #expect(message[.bootFileName] == Array("pxelinux.0".utf8))
    #expect(message[DHCPv4Option.Code(rawValue: 240)] == Array("site".utf8))
  }

  @Test func `a lease for ever has no times before its end`() throws {
    var facts = GuestFacts.example
    facts.leaseSeconds = .max
    let server = try #require(DHCPv4Server(facts))

    let message = try #require(server.answer(to: bytes(DHCPv4Golden.request))).message

    #expect(message[.addressTime] == [255, 255, 255, 255])
    #expect(message[.renewalTime] == [255, 255, 255, 255])
  }

  @Test(arguments: 0..<64)
  func `a message that is written is read back equal`(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let mac = try #require(
      MACAddress(bytes: (0..<6).map { _ in .random(in: 0...255, using: &numbers) })
    )
    var message = DHCPv4Message(
      .request,
      transaction: .random(in: 0...UInt32.max, using: &numbers),
      hardwareAddress: mac
    )
    message.seconds = .random(in: 0...UInt16.max, using: &numbers)
    message.wantsBroadcast = .random(using: &numbers)
    message.clientAddress = prefix("10.0.2.2/32").address
    let codes = (1...254).shuffled(using: &numbers).prefix(5)
    message.options = codes.map { code in
      DHCPv4Option(DHCPv4Option.Code(rawValue: UInt8(code)), numbers.bytes(upTo: 600))
    }

    #expect(DHCPv4Message(message.encoded) == message)
  }

  @Test func `damaged and random packets are survived`() throws {
    let server = try #require(DHCPv4Server(.example))
    var numbers = SeededNumbers(seed: 4)
    let packets = [
      DHCPv4Golden.discover, DHCPv4Golden.request, DHCPv4Golden.renew, DHCPv4Golden.inform,
    ].map { bytes($0) }

    var answers = 0
    for round in 0..<50_000 {
      let packet =
        round % 4 == 0 ? numbers.bytes(upTo: 1500) : numbers.mutated(packets[round % packets.count])
      guard let answer = server.answer(to: packet) else { continue }
      answers += 1
      #expect(answer.message.encoded.count <= 1472)
    }

    #expect(answers > 100)
  }
}
