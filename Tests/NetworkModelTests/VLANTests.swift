// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@Suite struct VLANTests {
  @Test(arguments: [0, -1, 4095, 5000])
  func `a reserved or impossible identifier is refused`(number: Int) {
    #expect(VLANID(number) == nil)
  }

  @Test func `identifiers in any order are merged into the fewest ranges`() {
    let identifiers = [7, 4094, 5, 6, 1, 5].compactMap { VLANID($0).map { VLANRange($0) } }

    let ranges = VLANRange.covering(identifiers)

    #expect(ranges.map(\.description) == ["1", "5-7", "4094"])
  }

  @Test func `ranges that overlap or touch become one`() {
    let given = [(10, 20), (2, 4000), (12, 13), (4001, 4001), (4003, 4094)]

    let ranges = VLANRange.covering(
      given.compactMap { first, last in
        VLANID(first).flatMap { first in VLANID(last).flatMap { VLANRange(first, $0) } }
      }
    )

    #expect(ranges.map(\.description) == ["2-4001", "4003-4094"])
  }

  @Test func `every identifier is one range`() {
    let ranges = VLANRange.covering((1...4094).compactMap { VLANID($0).map { VLANRange($0) } })

    #expect(ranges.map(\.description) == ["1-4094"])
  }
}
