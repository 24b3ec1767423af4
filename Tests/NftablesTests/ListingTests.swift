// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Nftables

@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("nft"), "nft is not installed")
)
struct ListingTests {
  @Test func `a dump while another process changes the ruleset is consistent`() throws {
    try inNewNetworkNamespace {
      let chain = Nftables.Table.ID(.inet, "t").chain("c")
      func rules(_ generation: String) -> String {
        "table inet t { chain c { }; }\nflush chain inet t c\n"
          + String(repeating: "add rule inet t c accept comment \(generation)\n", count: 2_000)
      }
      _ = try Program.run("nft", "-f", "-", input: rules("a"))
      let writer = "for i in 1 2 3 4 5 6 7 8; do nft -f /tmp/$$.a; nft -f /tmp/$$.b; done"
      let files = "cat > /tmp/$$.a; sed s/a$/b/ /tmp/$$.a > /tmp/$$.b"
      let done = "nft add table inet done; rm /tmp/$$.a /tmp/$$.b"
      _ = try Program.run("sh", "-c", "\(files); (\(writer); \(done)) &", input: rules("a"))
      let ruleset = try RulesetSocket()
      var generations: Set<String> = []

      while try ruleset.table(Nftables.Table.ID(.inet, "done")) == nil {
        let comments = try ruleset.rules(of: chain).map { $0.rule.comment?.text ?? "" }
        #expect(comments.count == 2_000)
        #expect(Set(comments).count == 1)
        generations.formUnion(comments)
      }

      #expect(generations == ["a", "b"])
    }
  }
}
