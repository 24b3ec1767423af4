// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension IPMasquerade {
  /// The attachment that rules belong to, which their comments begin with.
  ///
  /// Two attachments may have the same address for a while, one just gone and one just made: the
  /// comment tells whose rule it is.
  struct Owner: Hashable {
    /// The network's name.
    let network: String
    /// The container's identifier.
    let containerID: String
    /// The name of the container's interface.
    let interface: String

    /// What a comment of this attachment begins with.
    let key: String

    /// Names an attachment.
    init(network: String, containerID: String, interface: String) {
      self.network = network
      self.containerID = containerID
      self.interface = interface
      key = Self.key(ofNetwork: network) + Self.hash("\(interface):\(containerID)")
    }

    /// The comment: the key, and in clear as much as fits.
    var comment: NFT.Comment {
      NFT.Comment("\(key), net: \(network), if: \(interface), id: \(containerID)")
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
