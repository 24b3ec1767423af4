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
      value.map(\.count) == fields.map(\.length),
      "an element of \(id) needs fields of \(fields.map(\.length)) bytes"
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

/// An element in the kernel's form: a value, an interval of a concatenation, or one end of another
/// interval.
struct KernelElement {
  /// The value or the interval's start; for an end, the first value behind the interval.
  var key: [UInt8]
  /// The last value of a concatenation's interval.
  var keyEnd: [UInt8]?
  /// Whether this ends the interval that the element before it began.
  var isEnd = false
  /// What the map says.
  var verdict: NFT.Verdict?
  /// Shown by `nft list`.
  var comment: NFT.Comment?
}

extension NFT.Set {
  /// Returns the one or two elements that the kernel makes of an element.
  func kernelElements(of element: NFT.Element) -> [KernelElement] {
    var first = KernelElement(
      key: key(element.value),
      verdict: element.verdict,
      comment: element.comment
    )
    guard hasIntervals else { return [first] }
    let last = key(element.last ?? element.value)
    if isConcatenation {
      first.keyEnd = last
      return [first]
    }
    // Behind the highest value there is nothing left to end.
    guard let end = Self.successor(of: last) else { return [first] }
    return [first, KernelElement(key: end, isEnd: true)]
  }

  /// Returns the elements that the kernel's stand for, in ascending order.
  func elements(of kernelElements: [KernelElement]) -> [NFT.Element] {
    let sorted = kernelElements.sorted {
      $0.key == $1.key ? $0.isEnd && !$1.isEnd : $0.key.lexicographicallyPrecedes($1.key)
    }
    return sorted.indices.compactMap { index in
      let element = sorted[index]
      guard !element.isEnd, let first = value(element.key) else { return nil }
      let last: [UInt8]?
      if hasIntervals && !isConcatenation {
        let next = sorted.indices.contains(index + 1) ? sorted[index + 1].key : nil
        last = next.map(Self.predecessor) ?? [UInt8](repeating: 255, count: keyLength)
      } else {
        last = element.keyEnd
      }
      return NFT.Element(
        first,
        through: last.flatMap(value),
        verdict: element.verdict,
        comment: element.comment
      )
    }
  }

  private static func successor(of key: [UInt8]) -> [UInt8]? {
    var key = key
    for position in key.indices.reversed() {
      key[position] &+= 1
      if key[position] != 0 { return key }
    }
    return nil
  }

  private static func predecessor(of key: [UInt8]) -> [UInt8] {
    var key = key
    for position in key.indices.reversed() {
      key[position] &-= 1
      if key[position] != 255 { return key }
    }
    return key
  }
}
