// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import GuestAddressing

struct DHCPv6Tests {
  private func answer(_ packet: String) throws -> String? {
    hex(try #require(DHCPv6Server(.example)).answer(to: bytes(packet)))
  }

  @Test func `a solicitation is advertised the guest's address`() throws {
    #expect(try answer(DHCPv6Golden.solicit) == DHCPv6Golden.advertise)
  }

  @Test func `a solicitation in a hurry gets its address at once`() throws {
    #expect(try answer(DHCPv6Golden.rapidSolicit) == DHCPv6Golden.rapidReply)
  }

  @Test func `a request gets the guest's address`() throws {
    #expect(try answer(DHCPv6Golden.request) == DHCPv6Golden.reply)
  }

  @Test func `a question for settings gets them without an address`() throws {
    #expect(try answer(DHCPv6Golden.informationRequest) == DHCPv6Golden.informationReply)
  }

  @Test func `addresses of another link are told to be off it`() throws {
    #expect(try answer(DHCPv6Golden.confirmOffLink) == DHCPv6Golden.notOnLink)
  }

  @Test(
    arguments: [
      DHCPv6Golden.requestToAnotherServer, DHCPv6Golden.advertise, DHCPv6Golden.reply,
      // A solicitation without a client's identifier, and a relay's message.
      "01123456", "0c00" + String(repeating: "00", count: 32), "",
    ]
  )
  func `nothing is said to others' messages`(packet: String) throws {
    #expect(try answer(packet) == nil)
  }

  @Test func `an address of another network ends when it is renewed`() throws {
    let server = try #require(DHCPv6Server(.example))
    var renewal = try #require(DHCPv6Message(bytes(DHCPv6Golden.request)))
    let stranger = prefix("fd99::5/128").address
    let held = IdentityAssociation(
      identifier: 7,
      addresses: [.init(stranger, preferredSeconds: 9, validSeconds: 9)]
    )
    renewal.kind = .renew
    renewal.options.removeAll { $0.code == .addresses }
    renewal.options.append(DHCPv6Option(.addresses, held.encoded))

    let reply = try #require(server.answer(to: renewal.encoded).flatMap { DHCPv6Message($0) })

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

    let answer = try #require(server.answer(to: solicitation.encoded).flatMap { DHCPv6Message($0) })

    let associations = answer.options.filter { $0.code == .addresses || $0.code == .prefixes }
      .map { IdentityAssociation($0.value)?.status }
    #expect(associations == [nil, .noAddressesAvailable, .noPrefixAvailable])
  }

  @Test(arguments: 0..<64)
  func `a message that is written is read back equal`(seed: UInt64) throws {
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
  func `an association that is written is read back equal`(seed: UInt64) throws {
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

  @Test func `damaged and random packets are survived`() throws {
    let server = try #require(DHCPv6Server(.example))
    var numbers = SeededNumbers(seed: 6)
    let packets = [
      DHCPv6Golden.solicit, DHCPv6Golden.rapidSolicit, DHCPv6Golden.request,
      DHCPv6Golden.informationRequest, DHCPv6Golden.confirmOffLink,
    ].map { bytes($0) }

    var answers = 0
    for round in 0..<50_000 {
      let packet =
        round % 4 == 0 ? numbers.bytes(upTo: 1500) : numbers.mutated(packets[round % packets.count])
      guard let answer = server.answer(to: packet) else { continue }
      answers += 1
      #expect(answer.count <= 65527)
    }

    #expect(answers > 100)
  }
}
