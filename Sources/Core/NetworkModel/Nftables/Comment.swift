// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// A comment on a table, chain, rule, set or element, as shown by `nft list`.
  package struct Comment: Hashable, Sendable {
    /// The maximum length in bytes with which `nft` can read back its own listing.
    ///
    /// `libnftnl/udata.h`, `NFTNL_UDATA_COMMENT_MAXLEN`.
    package static let maximumLength = 128

    /// The text.
    package let text: String

    /// Creates a comment that `nft` can list and load again.
    ///
    /// Double quotes and control characters are left out, and the text is truncated to 128 bytes.
    package init(_ text: String) {
      let kept = text.utf8.filter { $0 != UInt8(ascii: "\"") && $0 >= 0x20 }
      self.text = String(decoding: kept, as: UTF8.self).beginning(bytes: Self.maximumLength)
    }

    /// Creates a comment as reported by the kernel, including those of other programs.
    package init(read text: String) {
      self.text = text
    }
  }
}

extension Nftables.Comment: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) {
    self.init(text)
  }
}

extension Nftables.Comment: CustomStringConvertible {
  package var description: String { text }
}
