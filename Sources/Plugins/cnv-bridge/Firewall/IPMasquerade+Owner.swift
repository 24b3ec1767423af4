// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension IPMasquerade {
  /// The attachment that rules belong to, which their comments begin with.
  ///
  /// Two attachments may have the same address for a while, one just gone and one just made: the
  /// comment tells whose rule it is.
  struct Owner: Hashable {
    private let attachment: Attachment

    /// What a comment of this attachment begins with.
    let key: String

    /// Names an attachment.
    init(_ attachment: Attachment) {
      self.attachment = attachment
      let hash = Self.hash("\(attachment.containerInterface):\(attachment.containerID)")
      key = Self.key(ofNetwork: attachment.network) + hash
    }

    /// The comment: the key, and in clear as much as fits.
    var comment: NFT.Comment {
      let network = "net: \(attachment.network), if: \(attachment.containerInterface)"
      return NFT.Comment("\(key), \(network), id: \(attachment.containerID)")
    }

    /// Returns the rules that masquerade these addresses outside of their own networks.
    func rules(for addresses: [IPPrefix]) -> [NFT.Rule] {
      addresses.map { prefix in
        NFT.Rule(
          .isIP(prefix.address.family),
          .source(.equal, prefix.host),
          .destination(.notEqual, prefix.network),
          [.masquerade],
          comment: comment
        )
      }
    }

    /// Returns whether a rule is of this attachment, whichever address it has.
    func owns(_ rule: NFT.Rule) -> Bool {
      rule.comment?.text.hasPrefix(key) ?? false
    }

    /// Returns what the comments of all attachments of a network begin with.
    static func key(ofNetwork network: String) -> String {
      hash(network) + "-"
    }

    /// The first 16 hexadecimal digits of SHA-512.
    private static func hash(_ text: String) -> String {
      String(Hexadecimal.text(of: SHA512.hash(text.utf8)).prefix(16))
    }
  }
}
