// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

/// Expected values are those of RFC 4291, RFC 5952 and Go's `net` package.
@Suite struct AddressTests {
  @Test(arguments: [
    "0.0.0.0", "10.1.2.3", "255.255.255.255", "::", "::1", "fd00::1", "2001:db8::a:0:0:1",
    "2001:db8:0:1:1:1:1:1", "1::", "::ffff:192.0.2.1", "fe80::202:b3ff:fe1e:8329",
  ])
  func `the canonical text of an address is itself`(text: String) {
    #expect(IPAddress(text)?.description == text)
  }

  @Test(arguments: [
    ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("1:0:0:4:5:6:7:8", "1::4:5:6:7:8"), ("::13.1.68.3", "::d01:4403"),
    ("0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38"),
  ])
  func `a non-canonical address text is canonicalised`(given: (String, String)) {
    #expect(IPAddress(given.0)?.description == given.1)
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", ":", ":::",
    "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::g", "fe80::1%eth0",
    "1:2:3:4:5:6:7::8", "::1.2.3", "1.2.3.4::",
  ])
  func `anything but an address is rejected`(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("fe80::1", true), ("febf:ffff::1", true), ("fe7f::1", false), ("fec0::1", false),
    ("169.254.0.1", true), ("169.253.0.1", false), ("254.128.0.1", false),
  ])
  func `link-local addresses are all of fe80::/10 and of 169.254.0.0/16`(
    text: String,
    isLinkLocal: Bool
  ) {
    #expect(IPAddress(text)?.isLinkLocal == isLinkLocal)
  }

  @Test(arguments: [("192.0.2.0/31", nil), ("192.0.2.4/30", "192.0.2.7"), ("192.0.2.0/32", nil)])
  func `a network of two addresses has no broadcast address`(text: String, broadcast: String?) {
    // RFC 3021 §2.1.
    #expect(IPPrefix(text)?.broadcast?.description == broadcast)
  }

  @Test(arguments: [
    ("10.1.2.3/24", "10.1.2.0/24", "10.1.2.1", "10.1.2.255"),
    ("10.1.2.3/8", "10.0.0.0/8", "10.0.0.1", "10.255.255.255"),
    ("192.0.2.129/25", "192.0.2.128/25", "192.0.2.129", "192.0.2.255"),
  ])
  func `a prefix knows its network, first host and broadcast`(
    given: (String, String, String, String)
  ) throws {
    let prefix = try #require(IPPrefix(given.0))

    #expect(prefix.network.description == given.1)
    #expect(prefix.firstHost?.description == given.2)
    #expect(prefix.broadcast?.description == given.3)
  }

  @Test func `an IPv6 prefix has a first host and no broadcast`() throws {
    let prefix = try #require(IPPrefix("fd10:0:2::2/120"))

    #expect(prefix.network.description == "fd10:0:2::/120")
    #expect(prefix.firstHost?.description == "fd10:0:2::1")
    #expect(prefix.broadcast == nil)
  }

  @Test(arguments: ["10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "::/129", "10.0.0.1/-1", "/24", "a/24"])
  func `anything but a prefix is rejected`(text: String) {
    #expect(IPPrefix(text) == nil)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.1.2.3", true), ("10.1.0.0/16", "10.2.0.1", false),
    ("0.0.0.0/0", "10.1.2.3", true), ("0.0.0.0/0", "::1", false), ("::/0", "10.1.2.3", false),
    ("fd00::/64", "fd00::5", true), ("::/64", "0.0.0.0", false),
  ])
  func `a network only contains addresses of its family`(
    given: (String, String, Bool)
  ) throws {
    let network = try #require(IPPrefix(given.0))
    let address = try #require(IPAddress(given.1))

    #expect(network.contains(address) == given.2)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.1.0.0/16", true), ("10.1.0.0/16", "10.0.0.0/8", true),
    ("10.1.0.0/16", "10.2.0.0/16", false), ("fd00::/64", "fd00::5/128", true),
    ("0.0.0.0/0", "::/0", false),
  ])
  func `prefixes overlap if one contains the other`(given: (String, String, Bool)) throws {
    let left = try #require(IPPrefix(given.0))
    let right = try #require(IPPrefix(given.1))

    #expect(left.overlaps(right) == given.2)
  }
}
