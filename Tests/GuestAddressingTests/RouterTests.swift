// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import GuestAddressing

struct RouterTests {
  private let guest = prefix("fe80::5054:ff:fe12:3456/128").address

  @Test func `an advertisement contains the router, the prefix and the resolver`() throws {
    let advertisement = try #require(RouterAdvertisement(.example))

    #expect(hex(advertisement.encoded) == RouterGolden.advertisement)
  }

  @Test func `a guest without IPv6 gets no advertisement`() {
    var facts = GuestFacts.example
    facts.v6 = nil

    #expect(RouterAdvertisement(facts) == nil)
  }

  @Test func `an advertisement of many domains fits the smallest link`() throws {
    var facts = GuestFacts.example
    facts.resolver.search = Array(
      repeating: try #require(DomainName("a.very.long.domain.of.a.cluster.example.org")),
      count: 32
    )

    #expect(try #require(RouterAdvertisement(facts)).encoded.count <= 1240)
  }

  @Test func `an advertisement of many servers fits the smallest link`() throws {
    var facts = GuestFacts.example
    let server = prefix("fd00:96::a/128").address
    facts.resolver.servers = Array(repeating: server, count: 4100)

    // 64 bytes before the option, 8 of its own and 73 addresses: RFC 4861 §4.2, RFC 8106 §5.1.
    #expect(try #require(RouterAdvertisement(facts)).encoded.count == 64 + 8 + 73 * 16)
  }

  @Test func `the final advertisement withdraws the router and nothing else`() throws {
    var advertisement = try #require(RouterAdvertisement(.example))
    advertisement.lifetimeSeconds = 0

    #expect(hex(advertisement.encoded) == RouterGolden.lastAdvertisement)
  }

  private func isValid(_ packet: String, hopLimit: Int = 255, from source: IPAddress) -> Bool {
    RouterSolicitation.isValid(bytes(packet), hopLimit: hopLimit, from: source)
  }

  @Test func `a solicitation is accepted`() {
    #expect(isValid(RouterGolden.solicitation, from: guest))
  }

  @Test func `a solicitation of a guest without an address is accepted`() {
    #expect(isValid("8500000000000000", from: IPAddress(unspecified: .v6)))
  }

  @Test func `a solicitation from beyond the link is discarded`() {
    #expect(!isValid(RouterGolden.solicitation, hopLimit: 254, from: guest))
  }

  @Test func `a solicitation without a source address must not have a link-layer address`() {
    #expect(!isValid(RouterGolden.solicitation, from: IPAddress(unspecified: .v6)))
  }

  @Test(
    arguments: [
      "85000000000000000100525400123456", "8501000000000000", "8600000000000000", "85000000000000",
      "850000000000000001015254001234",
    ]
  )
  func `anything but a solicitation is discarded`(packet: String) {
    #expect(!isValid(packet, from: guest))
  }

  @Test func `damaged and random solicitations do no harm`() {
    var numbers = SeededNumbers(seed: 133)
    let packet = bytes(RouterGolden.solicitation)

    var understood = 0
    for round in 0..<50_000 {
      let damaged = round % 4 == 0 ? numbers.bytes(upTo: 200) : numbers.mutated(packet)
      if RouterSolicitation.isValid(damaged, hopLimit: 255, from: guest) { understood += 1 }
    }

    #expect((100...40_000).contains(understood))
  }
}
