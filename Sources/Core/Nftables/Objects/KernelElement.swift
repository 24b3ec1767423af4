// SPDX-License-Identifier: Apache-2.0

import NetworkModel

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
