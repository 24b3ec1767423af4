// SPDX-License-Identifier: Apache-2.0

extension NFT {
  /// A text that travels with a table, chain, rule, set or element and that `nft list` shows.
  package struct Comment: Hashable, Sendable {
    /// The longest text in bytes that `nft` takes back from its own listing.
    ///
    /// `libnftnl/udata.h`, `NFTNL_UDATA_COMMENT_MAXLEN`.
    package static let maximumLength = 128

    /// The text.
    package let text: String

    /// Makes a comment that `nft` can list and load again.
    ///
    /// Double quotes and control characters are left out, and what exceeds 128 bytes is cut off.
    package init(_ text: String) {
      let kept = text.utf8.filter { $0 != UInt8(ascii: "\"") && $0 >= 0x20 }
      self.text = String(decoding: kept, as: UTF8.self).beginning(bytes: Self.maximumLength)
    }

    /// Takes a comment as the kernel gave it back, whoever wrote it.
    package init(read text: String) {
      self.text = text
    }
  }
}

extension NFT.Comment: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) {
    self.init(text)
  }
}

extension NFT.Comment: CustomStringConvertible {
  package var description: String { text }
}
