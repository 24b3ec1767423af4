// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// A program's own data on a kernel object: fields of type, length and value.
///
/// The kernel does not interpret the bytes; types and layout are those of `nft`
/// (`libnftnl/udata.h`), so that its listing shows them.
extension Nftables.Comment {
  /// The comment of a table, chain or rule (`NFTNL_UDATA_*_COMMENT`).
  private static let fieldType: UInt8 = 0

  /// The comment as user data, with the NUL that `nft` expects.
  var userData: [UInt8] {
    let text = Array(text.utf8.prefix(Int(UInt8.max) - 3)) + [0]
    return [Self.fieldType, UInt8(text.count)] + text
  }

  /// Finds the comment in bytes written by any program.
  init?(userData bytes: [UInt8]) {
    var rest = bytes[...]
    while rest.count >= 2, let type = rest.first {
      let value = rest.dropFirst(2).prefix(Int(rest[rest.startIndex + 1]))
      if type == Self.fieldType {
        self.init(read: String(decoding: value.prefix { $0 != 0 }, as: UTF8.self))
        return
      }
      rest = rest.dropFirst(2 + value.count)
    }
    return nil
  }
}
