// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What ADD writes into its table before it makes anything else, for DEL and CHECK to read.
///
///     FAMILIES [INTERFACE/SETTING=VALUE]…
///
/// A comment holds 128 bytes: settings that only a killed ADD would leave changed come last.
struct PodNote: Equatable {
  /// The VM's families.
  let families: [IPFamily]
  /// The pod's settings as they were, in the order in which they are restored.
  let former: [PodSettings.Setting]

  /// Notes an attachment.
  init(_ families: [IPFamily], _ former: [PodSettings.Setting] = []) {
    self.families = families
    self.former = former
  }

  /// Reads a note, which the pod may have written; nil for a text that is none.
  init?(_ text: String) {
    let words = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    guard let first = words.first, !first.isEmpty else { return nil }
    families = IPFamily.allCases.filter { first.utf8.contains($0.digit) }
    former = words.dropFirst().compactMap { PodSettings.Setting($0) }
    guard first.utf8.elementsEqual(families.map { $0.digit }) else { return nil }
  }

  /// The note as text.
  var text: String {
    let families = String(decoding: families.map { $0.digit }, as: UTF8.self)
    return ([families] + former.map { $0.text }).joined(separator: " ")
  }
}

extension IPFamily {
  fileprivate var digit: UInt8 { self == .v4 ? UInt8(ascii: "4") : UInt8(ascii: "6") }
}

extension PodSettings.Setting {
  fileprivate init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    guard parts.count == 2, let interface = InterfaceName(parts[0]) else { return nil }
    let words = parts[1].utf8.split(separator: UInt8(ascii: "=")).map { String(Substring($0)) }
    guard words.count == 2, let key = PodSettings.Key(rawValue: words[0]),
      words[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D })
    else { return nil }
    self.init(key: key, interface: interface, value: words[1])
  }

  fileprivate var text: String { "\(interface)/\(key.rawValue)=\(value)" }
}
