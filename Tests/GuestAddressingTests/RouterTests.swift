// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import GuestAddressing

struct RouterTests {
  private let guest = prefix("fe80::5054:ff:fe12:3456/128").address

  @Test func `an advertisement names the router, the link and the resolver`() throws {
    let advertisement = try #require(RouterAdvertisement(.example))

    #expect(hex(advertisement.encoded) == RouterGolden.advertisement)
  }

  @Test func `a guest without IPv6 is advertised nothing`() {
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

  @Test func `a solicitation is understood`() {
    let packet = bytes(RouterGolden.solicitation)

    let solicitation = RouterSolicitation(packet, hopLimit: 255, from: guest)

    #expect(solicitation?.sourceMAC?.description == "52:54:00:12:34:56")
    #expect(hex(solicitation?.encoded) == RouterGolden.solicitation)
  }

  @Test func `a solicitation from beyond the link is discarded`() {
    let packet = bytes(RouterGolden.solicitation)

    #expect(RouterSolicitation(packet, hopLimit: 254, from: guest) == nil)
  }

  @Test func `a solicitation without an address must not name a station`() {
    let packet = bytes(RouterGolden.solicitation)

    #expect(
      RouterSolicitation(packet, hopLimit: 255, from: IPAddress(unspecified: .v6)) == nil
    )
  }

  @Test func `a solicitation with an option of no length is discarded`() {
    let packet = bytes("85000000000000000100525400123456")

    #expect(RouterSolicitation(packet, hopLimit: 255, from: guest) == nil)
  }

  @Test func `damaged and random solicitations are survived`() {
    var numbers = SeededNumbers(seed: 133)
    let packet = bytes(RouterGolden.solicitation)

    var understood = 0
    for round in 0..<50_000 {
      let damaged = round % 4 == 0 ? numbers.bytes(upTo: 200) : numbers.mutated(packet)
      if RouterSolicitation(damaged, hopLimit: 255, from: guest) != nil { understood += 1 }
    }

    #expect(understood > 100)
  }
}
