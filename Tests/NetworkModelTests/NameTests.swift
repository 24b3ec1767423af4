// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@Suite struct NameTests {
  @Test(arguments: ["a", "br1", "veth6e2da9d83b3", "br0.100", "fünf", "-", "..."])
  func `names that the kernel accepts are accepted`(text: String) {
    #expect(InterfaceName(text)?.string == text)
  }

  /// `net/core/dev.c`, `dev_valid_name`.
  @Test(arguments: [
    "", ".", "..", "br1 ", "a/b", "a:b", "a\tb", "a\nb", "a\u{0}b", "abcdefghijklmnop",
  ])
  func `names that the kernel rejects are rejected`(text: String) {
    #expect(InterfaceName(text) == nil)
  }

  /// The forms that Go's `net.ParseMAC` takes for six bytes.
  @Test(arguments: ["02:00:5e:10:00:0c", "02-00-5E-10-00-0C", "0200.5e10.000c"])
  func `a MAC address is parsed in every notation`(text: String) {
    #expect(MACAddress(text)?.description == "02:00:5e:10:00:0c")
  }

  @Test(arguments: [
    "", "zz", "02:00:5e:10:00", "02:00:5e:10:00:0c:01", "02:00-5e:10:00:0c", "0200:5e10:000c",
    "02:00:5e:10:00:0g", "2:0:5e:10:0:c", "02:00:5e:10:00:00:00:0c",
  ])
  func `anything but a MAC address of six bytes is rejected`(text: String) {
    #expect(MACAddress(text) == nil)
  }

  @Test(arguments: [
    ("02:00:00:00:00:01", true), ("00:00:00:00:00:00", false), ("01:80:c2:00:00:0e", false),
    ("ff:ff:ff:ff:ff:ff", false),
  ])
  func `only a single station's address is unicast`(given: (String, Bool)) {
    #expect(MACAddress(given.0)?.isUnicast == given.1)
  }

  /// The oracle is `printf 'fe1122\0veth0123456789a' | sha512sum`.
  @Test func `a link's address shows the name under which a plugin created it`() throws {
    let random = try #require(MACAddress("02:11:22:33:44:55"))
    let name = try #require(InterfaceName("veth0123456789a"))
    let other = try #require(InterfaceName("veth0123456789b"))

    let mac = random.marked(forPort: name)

    #expect(mac.description == "fe:11:22:14:bc:f4")
    #expect(Link(index: 1, name: name, mac: mac).hasMark)
    #expect(!Link(index: 1, name: other, mac: mac).hasMark)
    #expect(!Link(index: 1, name: name, mac: random).hasMark)
    #expect(!Link(index: 1, name: name).hasMark)
  }
}
