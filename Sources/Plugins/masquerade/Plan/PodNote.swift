// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What ADD writes into its table before it creates anything else, for DEL and CHECK to read.
///
///     FAMILIES [INTERFACE/SETTING=VALUE]…
///
/// A comment holds 128 bytes: one that ends in a plus sign continues in the next chain's comment.
struct PodNote: Equatable {
  /// The VM's families.
  let families: [IPFamily]
  /// The pod's original settings, in the order in which they are restored.
  let former: [PodSettings.Setting]

  /// The chains whose comments form the note, in order; if these do not suffice, further ones do.
  private static let chains = [
    "forward", "forward_in", "forward_out", "from_guest", "from_outside", "input", "to_bridge",
    "to_vm",
  ]

  /// Creates the note of an attachment.
  init(_ families: [IPFamily], _ former: [PodSettings.Setting] = []) {
    self.families = families
    self.former = former
  }

  /// Parses a note, which the pod may have written; nil if the text is not one.
  init?(_ text: String) {
    let words = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    guard let first = words.first, !first.isEmpty else { return nil }
    families = IPFamily.allCases.filter { first.utf8.contains($0.digit) }
    former = words.dropFirst().compactMap { PodSettings.Setting($0) }
    guard first.utf8.elementsEqual(families.map { $0.digit }) else { return nil }
  }

  /// Parses a note from the comments of chains.
  /// - Throws: `KernelError`.
  init?(of comment: (String) throws(KernelError) -> Nftables.Comment?) throws(KernelError) {
    var text = ""
    for position in 0... {
      guard let part = try comment(Self.chain(position))?.text else { break }
      guard part.utf8.last == Self.more else {
        text += part
        break
      }
      text += String(Substring(part.utf8.dropLast()))
    }
    self.init(text)
  }

  /// The comments of the required chains.
  var comments: [(chain: String, comment: Nftables.Comment)] {
    var parts = [""]
    for word in text.utf8.split(separator: UInt8(ascii: " ")).map({ String(Substring($0)) }) {
      // Room for the space, the word, and a space and the plus sign behind it.
      if parts[parts.count - 1].utf8.count + word.utf8.count > Nftables.Comment.maximumLength - 3 {
        parts[parts.count - 1] += " +"
        parts.append("")
      }
      parts[parts.count - 1] += parts == [""] || parts.last == "" ? word : " \(word)"
    }
    // Unfiltered: an interface name may contain characters that other comments omit.
    return parts.enumerated().map { (chain: Self.chain($0), comment: Nftables.Comment(read: $1)) }
  }

  /// The comments of the chains that exist only for the note.
  var furtherComments: [(chain: String, comment: Nftables.Comment)] {
    Array(comments.dropFirst(Self.chains.count))
  }

  private static func chain(_ position: Int) -> String {
    position < chains.count ? chains[position] : "note_\(position)"
  }

  private static let more = UInt8(ascii: "+")

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
