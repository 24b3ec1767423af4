// SPDX-License-Identifier: Apache-2.0

/// Misspelt keys.
///
/// The specification lets a plugin ignore unknown keys, and runtimes and other plugins rely on
/// that. A misspelt security option would otherwise be ignored without notice; a line on standard
/// error would not help, since runtimes drop it if a plugin succeeds.
extension ConfigurationObject {
  /// Rejects unknown keys that are misspellings of one of the names.
  /// - Throws: `CNIError` that lists each with the key that was probably meant.
  package func judgeSpelling(of names: [String]) throws(CNIError) {
    var faults = Faults()
    for slip in slips(of: names) {
      let key = (path.isEmpty ? slip.key : "\(path).\(slip.key)").excerpt
      let text = "unknown key \(key.inQuotes) (did you mean \(slip.meant.inQuotes)?)"
      faults.append(CNIError(.invalidConfiguration, text))
    }
    try faults.throwIfAny()
  }

  /// Returns each unknown key that is a misspelling of one of the names, with that name.
  ///
  /// Misspellings are: other separators or none (`vm_network_cidr`), one letter too many, too few,
  /// wrong or swapped, and two of these in names of eight or more letters; but `device` is not
  /// `deviceID`. A name of three letters or fewer has too many neighbours to guess.
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

  /// Whether a name is the other one minus two letters at its beginning or end.
  private static func isPart(_ letters: [UInt8], of name: [UInt8]) -> Bool {
    name.dropFirst(2) == letters[...] || name.dropLast(2) == letters[...]
  }

  /// The letters and digits of a key, lower-cased.
  private static func letters(_ key: String) -> [UInt8] {
    key.utf8.compactMap { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: " "), UInt8(ascii: "."): nil
      default: byte
      }
    }
  }

  /// The number of letters to add, remove, change or swap with their neighbour.
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
