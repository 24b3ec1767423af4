// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@Suite struct CommentTests {
  @Test func `double quotes and control characters are left out`() {
    #expect(Nftables.Comment("a\"b\u{7}c\n").text == "abc")
  }

  @Test(arguments: [
    (String(repeating: "a", count: 126) + "\u{E9}b", String(repeating: "a", count: 126) + "\u{E9}"),
    (String(repeating: "a", count: 127) + "\u{E9}b", String(repeating: "a", count: 127)),
    (String(repeating: "a", count: 125) + "\u{1F600}", String(repeating: "a", count: 125)),
  ])
  func `text beyond 128 bytes is cut off between two characters`(text: String, kept: String) {
    #expect(Nftables.Comment(text).text == kept)
  }
}
