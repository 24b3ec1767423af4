// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The rules of the Go `bridge` plugin for `macspoofchk`, to be removed as nodes migrate from it.
///
/// Layout of containernetworking/plugins, `pkg/link/spoofcheck.go`: in `table bridge nat` a rule in
/// PREROUTING for the port's frames jumps to two chains named after the attachment.
struct GoSpoofFilter: Hashable {
  /// The table, which ebtables shares.
  static let table = Nftables.Table.ID(.bridge, "nat")

  /// The node-wide chain that jumps to the attachments' own.
  static let prerouting = table.chain("PREROUTING")

  private static let commentPrefix = "macspoofchk-"
  private static let chainPrefix = "cni-br-iface-"
  private static let addressChainSuffix = "-mac"

  /// The attachment's name in comments and chains.
  let id: String

  /// Names the rules of an attachment.
  init(_ attachment: Attachment) {
    id = "\(attachment.containerID)-\(attachment.containerInterface)"
  }

  private init(id: String) {
    self.id = id
  }

  /// The chain whose existence shows that the attachment has such rules.
  var portChain: Nftables.Chain.ID { Self.table.chain(Self.chainPrefix + id) }

  /// The chain that checks the address.
  var addressChain: Nftables.Chain.ID {
    Self.table.chain(Self.chainPrefix + id + Self.addressChainSuffix)
  }

  /// The contents of the attachment's chains, in order.
  func rules(for address: MACAddress) -> [(
    chain: Nftables.Chain.ID, rules: [[Nftables.Expression]]
  )] {
    let source: [Nftables.Expression] = [
      .payload(.link, offset: 6, length: 6), .compare(.equal, address.bytes),
    ]
    return [
      (chain: portChain, rules: [[.verdict(.jump(addressChain.name))]]),
      (chain: addressChain, rules: [source + [.verdict(.return)], [.verdict(.drop)]]),
    ]
  }

  /// The kernel's state of one attachment's rules.
  struct Observation: Hashable {
    /// Which of the attachment's two chains exist.
    var chains: [Nftables.Chain.ID] = []
    /// The rules of PREROUTING; only needed if there is a chain.
    var prerouting: [Nftables.PlacedRule] = []
  }

  /// Returns the changes that remove the attachment's rules, including duplicates of repeated ADDs.
  func removal(given observed: Observation) -> Nftables.Transaction {
    guard !observed.chains.isEmpty else { return [] }
    let leading = observed.prerouting.filter { $0.rule.comment?.text == Self.commentPrefix + id }
    return leading.map { .deleteRule(handle: $0.handle, Self.prerouting) }
      // The port's chain jumps to the address's, so it goes first.
      + [portChain, addressChain].filter(observed.chains.contains).map { .deleteChain($0) }
  }
}

extension GoSpoofFilter {
  /// Returns the attachments whose rules are all for ports that no longer exist.
  static func leftovers(
    in prerouting: [Nftables.PlacedRule],
    portExists: (InterfaceName) throws(KernelError) -> Bool
  ) throws(KernelError) -> [GoSpoofFilter] {
    var gone: Set<GoSpoofFilter> = []
    var used: Set<GoSpoofFilter> = []
    for placed in prerouting {
      guard let comment = placed.rule.comment?.text, comment.hasPrefix(commentPrefix),
        let port = port(of: placed.rule)
      else { continue }
      let filter = GoSpoofFilter(id: String(comment.dropFirst(commentPrefix.count)))
      if try portExists(port) { used.insert(filter) } else { gone.insert(filter) }
    }
    return Array(gone.subtracting(used))
  }

  /// Returns the ports of this attachment's rules in PREROUTING.
  func ports(in prerouting: [Nftables.PlacedRule]) -> [InterfaceName] {
    prerouting.filter { $0.rule.comment?.text == Self.commentPrefix + id }
      .compactMap { Self.port(of: $0.rule) }
  }

  /// Returns the port in a rule `iifname PORT jump …`.
  private static func port(of rule: Nftables.Rule) -> InterfaceName? {
    guard rule.expressions.count == 3, rule.expressions[0] == .meta(.iifname),
      case .compare(.equal, let bytes) = rule.expressions[1]
    else { return nil }
    return InterfaceName(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
  }
}
