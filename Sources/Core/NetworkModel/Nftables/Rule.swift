// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// A rule: expressions evaluated in order until one does not match.
  package struct Rule: Hashable, Sendable {
    /// The rule's expressions.
    package let expressions: [Expression]

    /// Shown by `nft list`.
    package let comment: Comment?

    /// Describes a rule.
    package init(_ expressions: [Expression], comment: Comment? = nil) {
      self.expressions = expressions
      self.comment = comment
    }

    /// Creates a rule from matches and statements, each a list of expressions.
    package init(
      _ first: [Expression],
      _ second: [Expression],
      _ third: [Expression] = [],
      _ fourth: [Expression] = [],
      comment: Comment? = nil
    ) {
      // A list of lists would be another type that the runtime has to create.
      var expressions = first
      expressions += second
      expressions += third
      expressions += fourth
      self.init(expressions, comment: comment)
    }
  }

  /// A rule in the kernel.
  package struct PlacedRule: Hashable, Sendable {
    /// The handle, which distinguishes the rule from equal ones; it is never reused in the table.
    package let handle: UInt64

    /// The rule's expressions.
    package let rule: Rule

    /// Describes a rule in the kernel.
    package init(handle: UInt64, rule: Rule) {
      self.handle = handle
      self.rule = rule
    }
  }
}
