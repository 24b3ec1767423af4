// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import masquerade

struct PortRangeTests {
  @Test func `adjacent and overlapping ports of a protocol become one range`() {
    let ranges = [
      PortRange(.udp, 53), PortRange(.tcp, 81), PortRange(.tcp, 80), PortRange(.tcp, 82),
      PortRange(.tcp, 443), PortRange(.tcp, 80),
    ]

    #expect(PortRange.merged(ranges).map(\.description) == ["TCP 80-82", "TCP 443", "UDP 53"])
  }

  @Test func `the highest port ends a range`() throws {
    let all = try #require(PortRange(.tcp, 1, 65535))

    #expect(PortRange.merged([PortRange(.tcp, 65535), all]) == [all])
  }

  @Test func `ports of different protocols never overlap`() {
    #expect(!PortRange(.tcp, 80).overlaps(PortRange(.udp, 80)))
  }

  @Test func `a range does not end before it starts`() {
    #expect(PortRange(.tcp, 2, 1) == nil)
  }
}
