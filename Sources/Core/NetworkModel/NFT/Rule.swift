// SPDX-License-Identifier: Apache-2.0

extension NFT {
  /// A rule: expressions evaluated in order until one does not match.
  package struct Rule: Hashable, Sendable {
    /// What the rule does.
    package let expressions: [Expression]

    /// Shown by `nft list`.
    package let comment: Comment?

    /// Describes a rule.
    package init(_ expressions: [Expression], comment: Comment? = nil) {
      self.expressions = expressions
      self.comment = comment
    }

    /// Describes a rule as matches and statements, each some expressions.
    package init(
      _ first: [Expression],
      _ second: [Expression],
      _ third: [Expression] = [],
      _ fourth: [Expression] = [],
      comment: Comment? = nil
    ) {
      // A list of lists would be a type more that the runtime has to make.
      var expressions = first
      expressions += second
      expressions += third
      expressions += fourth
      self.init(expressions, comment: comment)
    }
  }

  /// A rule that the kernel holds.
  package struct PlacedRule: Hashable, Sendable {
    /// The number that tells the rule from equal ones; the kernel never uses it again in the table.
    package let handle: UInt64

    /// What the rule does.
    package let rule: Rule

    /// Describes a rule in its place.
    package init(handle: UInt64, rule: Rule) {
      self.handle = handle
      self.rule = rule
    }
  }
}
