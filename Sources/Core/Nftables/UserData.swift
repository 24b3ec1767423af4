// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What a program keeps with a kernel object for itself: fields of type, length and value.
///
/// The kernel stores the bytes unread; types and layout are those of `nft` (`libnftnl/udata.h`), so
/// that its listing shows what is written here.
struct UserData {
  /// The comment of a table, chain, rule or element (`NFTNL_UDATA_*_COMMENT`).
  static let comment: UInt8 = 0
  /// The comment of a set (`NFTNL_UDATA_SET_COMMENT`).
  static let setComment: UInt8 = 7

  /// The fields, one after the other.
  private(set) var bytes: [UInt8] = []

  /// Creates user data with a comment, if there is one, and the NUL that `nft` expects.
  init(_ comment: NFT.Comment?, type: UInt8 = Self.comment) {
    guard let comment else { return }
    let text = Array(comment.text.utf8.prefix(Int(UInt8.max) - 3)) + [0]
    bytes = [type, UInt8(text.count)] + text
  }

  /// Returns the comment in bytes that any program may have written.
  static func comment(in bytes: [UInt8], type: UInt8 = Self.comment) -> NFT.Comment? {
    var rest = bytes[...]
    while rest.count >= 2, let field = rest.first {
      let value = rest.dropFirst(2).prefix(Int(rest[rest.startIndex + 1]))
      if field == type {
        return NFT.Comment(read: String(decoding: value.prefix { $0 != 0 }, as: UTF8.self))
      }
      rest = rest.dropFirst(2 + value.count)
    }
    return nil
  }
}
