// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import NetworkModel

/// How the kernel holds a set and its elements.
extension NFT.Set {
  /// Whether intervals are kept as one key with another that ends it, rather than as two elements.
  var isConcatenation: Bool { fields.count > 1 }

  /// `NFTA_SET_FLAGS`.
  var flags: UInt32 {
    var flags: UInt32 = 0
    if hasIntervals { flags |= UInt32(NFT_SET_INTERVAL.rawValue) }
    if hasIntervals && isConcatenation { flags |= UInt32(NFT_SET_CONCAT.rawValue) }
    if isVerdictMap { flags |= UInt32(NFT_SET_MAP.rawValue) }
    return flags
  }

  /// `NFTA_SET_KEY_TYPE`: six bits for each field, read by nobody but `nft`.
  var keyType: UInt32 { fields.reduce(0) { $0 << 6 | $1.rawValue } }

  /// `NFTA_SET_KEY_LEN`: a concatenation's fields each fill whole words.
  var keyLength: Int {
    isConcatenation
      ? fields.reduce(0) { $0 + $1.paddedLength } : fields.reduce(0) { $0 + $1.length }
  }

  /// Returns the fields that a `NFTA_SET_KEY_TYPE` stands for; nil where one is not known here.
  static func fields(keyType: UInt32) -> [Field]? {
    var fields: [Field] = []
    var rest = keyType
    while rest != 0 {
      guard let field = Field(rawValue: rest & 63) else { return nil }
      fields.insert(field, at: 0)
      rest >>= 6
    }
    return fields.isEmpty ? nil : fields
  }

  /// Returns a value as the kernel keeps it.
  func key(_ value: [[UInt8]]) -> [UInt8] {
    precondition(
      value.elementsEqual(fields) { $0.count == $1.length },
      "an element of \(id) needs fields of \(fields.map({ $0.length })) bytes"
    )
    guard isConcatenation else { return value.flatMap { $0 } }
    return zip(value, fields).flatMap { bytes, field in
      bytes + [UInt8](repeating: 0, count: field.paddedLength - field.length)
    }
  }

  /// Returns the value that a key of the kernel stands for; nil for one of the wrong length.
  func value(_ key: [UInt8]) -> [[UInt8]]? {
    guard key.count == keyLength else { return nil }
    var rest = key[...]
    return fields.map { field in
      let bytes = Array(rest.prefix(field.length))
      rest = rest.dropFirst(isConcatenation ? field.paddedLength : field.length)
      return bytes
    }
  }
}
