// SPDX-License-Identifier: Apache-2.0

/// The text on a kernel object that names its owner, in an alias or an nftables comment.
///
///     PLUGIN NETWORK CONTAINERID IFNAME [gateway INTERFACE]    # an attachment's
///     PLUGIN gateway BRIDGE VLAN                               # a gateway interface's
///
/// The words, which contain no spaces, are separated by spaces. The word `gateway` never stands for
/// a network: one of that name is replaced by a hash. The owner's words have at most 127 bytes and
/// only characters that `nft` can print, so that they also fit an nftables comment: a name that is
/// too long, or has other characters, is replaced by `#` and a hash.
package struct Label: Hashable, Sendable {
  /// The name of cnv-bridge in its labels, whatever its file name.
  package static let bridgePlugin = "cnv-bridge"

  /// The name of the plugin that created the object.
  package let plugin: String

  /// The interface with the gateway addresses that an attachment uses.
  package var gateway: InterfaceName?

  /// The three words that name the owner.
  private let owner: [String]

  private static let gatewayWord = "gateway"

  /// Labels what a plugin creates for an attachment.
  package init(_ attachment: Attachment, of plugin: String) {
    self.plugin = plugin
    owner = [
      Self.word(network: attachment.network), Self.word(attachment.containerID, upTo: 64),
      Self.word(attachment.containerInterface),
    ]
  }

  /// Labels the gateway interface that a plugin creates for a bridge's VLAN.
  package init(gatewayOf bridge: InterfaceName, _ vlan: VLANID, of plugin: String) {
    self.plugin = plugin
    owner = [Self.gatewayWord, bridge.string, "\(vlan)"]
  }

  /// Parses a label, or returns nil for any other text.
  package init?(_ text: String) {
    // Bytes, not characters: a name may begin with a mark that combines with the space before it.
    let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    guard words.count == 4 || (words.count == 6 && words[4] == Self.gatewayWord) else { return nil }
    plugin = words[0]
    owner = Array(words[1...3])
    gateway = words.count == 6 ? InterfaceName(words[5]) : nil
    guard words.count == 4 || gateway != nil else { return nil }
  }

  /// The label as text.
  package var text: String {
    let suffix = gateway.map { [Self.gatewayWord, $0.string] } ?? []
    return ([plugin] + owner + suffix).joined(separator: " ")
  }
}

extension Label {
  /// Whether the object is a gateway interface.
  ///
  /// Older labels contain a network called `gateway` unchanged: the last word then decides.
  package var isGatewayInterface: Bool {
    owner[0] == Self.gatewayWord && Int(owner[2]).flatMap { VLANID($0) } != nil
  }

  /// Whether the object is this attachment's.
  package func isOf(_ attachment: Attachment) -> Bool {
    owner[1] == Self.word(attachment.containerID, upTo: 64) && isOf(network: attachment.network)
      && (owner[2] == Self.word(attachment.containerInterface)
        // Older labels contain every interface name unchanged.
        || owner[2] == attachment.containerInterface.string)
  }

  /// Whether the object is one of a network's attachments'.
  package func isOf(network: String) -> Bool {
    owner[0] == Self.word(network: network)
      || (network == Self.gatewayWord && owner[0] == network && !isGatewayInterface)
  }

  private static func word(network: String) -> String {
    word(network, upTo: network == gatewayWord ? 0 : 34)
  }

  /// No network name or container ID can start with `#`.
  private static func word(_ value: String, upTo limit: Int) -> String {
    value.utf8.count <= limit ? value : "#" + digest(of: value, 16)
  }

  /// Characters that `nft` prints unchanged; a hash is longer than any interface name.
  private static func word(_ name: InterfaceName) -> String {
    let bytes = name.string.utf8
    let isPlain = bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
    return isPlain ? name.string : "#" + digest(of: name.string, 8).dropLast()
  }

  private static func digest(of text: String, _ count: Int) -> String {
    Hexadecimal.text(of: SHA512.hash(text.utf8).prefix(count))
  }
}

extension Link {
  /// The label in its alias, if it is one of cnv-bridge, which labels only ends of veth pairs.
  package var label: Label? {
    guard kind == "veth", let label = alias.flatMap({ Label($0) }) else { return nil }
    return label.plugin == Label.bridgePlugin ? label : nil
  }
}
