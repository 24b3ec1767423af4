// SPDX-License-Identifier: Apache-2.0

extension IPAddress {
  /// Parses dotted-quad IPv4, or IPv6 as in RFC 4291 §2.2; a zone (`%eth0`) is rejected.
  ///
  /// Parts of an IPv4 address have no leading zeros (RFC 6943 §3.1.1), as in Go's `net.ParseIP`.
  package init?(_ text: String) {
    let characters = Array(text.utf8)
    let parsed =
      characters.contains(UInt8(ascii: ":"))
      ? Self.parseIPv6(characters[...]) : Self.parseIPv4(characters[...])
    guard let parsed else { return nil }
    self.init(bytes: parsed)
  }

  private static func parseIPv4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
        part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let byte = UInt8(exactly: part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func parseIPv6(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let colon = UInt8(ascii: ":")
    let gaps = text.indices.dropLast().filter { text[$0] == colon && text[$0 + 1] == colon }
    guard let gap = gaps.first else {
      return parseGroups(text).flatMap { $0.count == 16 ? $0 : nil }
    }
    guard gaps.count == 1, let head = parseGroups(text[..<gap], canEndInIPv4: false),
      let tail = parseGroups(text[(gap + 2)...]), head.count + tail.count <= 14
    else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  /// Parses groups between colons; only the last of an address may be dotted IPv4.
  private static func parseGroups(
    _ text: ArraySlice<UInt8>,
    canEndInIPv4: Bool = true
  ) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    let groups = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    var bytes: [UInt8] = []
    for (position, group) in groups.enumerated() {
      if canEndInIPv4, position == groups.count - 1, group.contains(UInt8(ascii: ".")) {
        guard let embedded = parseIPv4(group) else { return nil }
        return bytes + embedded
      }
      guard (1...4).contains(group.count) else { return nil }
      var value: UInt16 = 0
      for digit in group {
        guard let nibble = Hexadecimal.value(of: digit) else { return nil }
        value = value << 4 | UInt16(nibble)
      }
      bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
    }
    return bytes
  }
}

extension IPAddress: CustomStringConvertible {
  /// The address in canonical form: dotted quad, or RFC 5952 with IPv4-mapped as `::ffff:a.b.c.d`.
  package var description: String {
    guard family == .v6 else { return bytes.map(String.init).joined(separator: ".") }
    if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
      return "::ffff:" + bytes.suffix(4).map(String.init).joined(separator: ".")
    }
    let groups = (0..<8).map { UInt16(bytes[$0 * 2]) << 8 | UInt16(bytes[$0 * 2 + 1]) }
    let text = { (groups: ArraySlice<UInt16>) in
      groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard let zeros = Self.longestRunOfZeros(in: groups) else { return text(groups[...]) }
    return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
  }

  /// Returns the first longest run of at least two zero groups (RFC 5952 §4.2).
  private static func longestRunOfZeros(in groups: [UInt16]) -> Range<Int>? {
    var longest: Range<Int>?
    var start = 0
    while start < groups.count {
      let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
      if end - start >= max(2, (longest?.count ?? 0) + 1) { longest = start..<end }
      start = end + 1
    }
    return longest
  }
}
