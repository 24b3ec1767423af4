// SPDX-License-Identifier: Apache-2.0

/// Keys that are almost those a plugin knows.
///
/// The specification lets a plugin ignore keys it does not know, which runtimes and other plugins
/// rely on. A misspelt security option would otherwise be ignored without notice, and standard error
/// is not: runtimes drop it where a plugin succeeds.
extension ConfigurationObject {
  /// Refuses keys that are none of the names but differ by a slip from one.
  /// - Throws: `CNIError` that names each with the one that was surely meant.
  package func judgeSpelling(of names: [String]) throws(CNIError) {
    var faults = Faults()
    for slip in slips(of: names) {
      let key = (path.isEmpty ? slip.key : "\(path).\(slip.key)").excerpt
      let text = "unknown key \(key.inQuotes) (did you mean \(slip.meant.inQuotes)?)"
      faults.append(CNIError(.invalidConfiguration, text))
    }
    try faults.throwIfAny()
  }

  /// Returns each key that is none of the names but differs by a slip from one, with that one.
  ///
  /// Slips are: other separators or none (`vm_network_cidr`), one letter too many, too few, wrong or
  /// two swapped, and in names of eight letters and more two of these; but `device` is another word
  /// than `deviceID`. A name of three letters or fewer has too many neighbours to guess.
  package func slips(of names: [String]) -> [(key: String, meant: String)] {
    keys(besides: names).compactMap { key in
      let letters = Self.letters(key)
      let meant = names.first { name in
        let wanted = Self.letters(name)
        let limit = wanted.count < 4 ? 0 : wanted.count < 8 ? 1 : 2
        return Self.distance(letters, wanted, atMost: limit) <= limit
          && !Self.isPart(letters, of: wanted)
      }
      return meant.map { (key, $0) }
    }
  }

  /// Whether a name is the other one without two letters at its beginning or end.
  private static func isPart(_ letters: [UInt8], of name: [UInt8]) -> Bool {
    name.dropFirst(2) == letters[...] || name.dropLast(2) == letters[...]
  }

  /// The letters and digits of a key, without case.
  private static func letters(_ key: String) -> [UInt8] {
    key.utf8.compactMap { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: " "), UInt8(ascii: "."): nil
      default: byte
      }
    }
  }

  /// How many letters have to be added, removed, changed or swapped with their neighbour.
  private static func distance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int) -> Int {
    guard abs(left.count - right.count) <= limit else { return limit + 1 }
    var before: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var least = min(last[column + 1], current[column]) + 1
        least = min(least, last[column] + (letter == other ? 0 : 1))
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          least = min(least, before[column - 1] + 1)
        }
        current.append(least)
      }
      (before, last) = (last, current)
    }
    return last[right.count]
  }
}
