// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension IPMasquerade {
  /// One attachment's rules in the table; their comments begin with its name.
  ///
  /// Two attachments, one just removed and one new, may share an address for a while: the comment
  /// tells their rules apart.
  struct Share: Hashable {
    private let attachment: Attachment

    /// The beginning of this attachment's comments.
    let key: String

    /// Names an attachment.
    init(_ attachment: Attachment) {
      self.attachment = attachment
      let hash = Self.hash("\(attachment.containerInterface):\(attachment.containerID)")
      key = Self.key(ofNetwork: attachment.network) + hash
    }

    /// The comment: the key, followed by as much clear text as fits.
    var comment: Nftables.Comment {
      let network = "net: \(attachment.network), if: \(attachment.containerInterface)"
      return Nftables.Comment("\(key), \(network), id: \(attachment.containerID)")
    }

    /// Returns the rules that masquerade these addresses outside their own networks.
    func rules(for addresses: [IPPrefix]) -> [Nftables.Rule] {
      addresses.map { prefix in
        Nftables.Rule(
          .isIP(prefix.address.family),
          .source(.equal, prefix.host),
          .destination(.notEqual, prefix.network),
          [.masquerade],
          comment: comment
        )
      }
    }

    /// Returns whether a rule belongs to this attachment, whatever its address.
    func contains(_ rule: Nftables.Rule) -> Bool {
      rule.comment?.text.hasPrefix(key) ?? false
    }

    /// Returns the beginning of the comments of all attachments of a network.
    static func key(ofNetwork network: String) -> String {
      hash(network) + "-"
    }

    /// The first 16 hexadecimal digits of SHA-512.
    private static func hash(_ text: String) -> String {
      String(Hexadecimal.text(of: SHA512.hash(text.utf8)).prefix(16))
    }
  }
}
