// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The filter that lets a port send only from one source MAC address.
///
/// The chain is at the ingress hook of the port's own device, so it inspects every frame before the
/// bridge or anything else on the node sees it. This includes 802.1Q-tagged frames and those to
/// 01:80:C2:00:00:00–0F, which bridge hooks never see although the bridge learns from them. A frame
/// costs the same however many ports there are, and ports without a filter cost nothing.
///
///     table netdev cnv_bridge {
///       chain PORT {
///         comment "ATTACHMENT"
///         type filter hook ingress device "PORT" priority filter; policy drop;
///         ether type 8021ad counter drop         # these three where a bridge filters VLANs
///         meta protocol 8021q counter drop       # on a trunk only where `vlan id` is native, or 0
///         meta protocol 8021ad counter drop
///         ether saddr ADDRESS accept
///         counter drop
///       }
///     }
///
/// Behind the tag of a VLAN that leaves the node untagged, or an 802.1ad tag, which the bridge
/// treats as payload, a guest could hide the tag of a foreign VLAN (VLAN hopping): see `InnerTags`.
///
/// Frames that a tc filter of the port redirects do not reach this chain: tc runs first, and frames
/// reinjected by an ifb device bypass both. A node that shapes a port this way (the `bandwidth`
/// plugin) is not protected by this filter.
///
/// Since Linux 6.16 the chain outlives the device and applies to a new one of the same name;
/// before, it disappeared with the device.
struct SpoofFilter: Hashable {
  /// The table that holds only the filters of all ports.
  static let table = Nftables.Table.ID(.netdev, "cnv_bridge")

  /// The host end of the attachment.
  let port: InterfaceName

  /// The only address that the attachment may send from.
  let address: MACAddress

  /// Which frames may have a tag behind their 802.1Q tag.
  var innerTags = InnerTags.carried

  /// How tags behind another tag are treated.
  enum InnerTags: Hashable {
    /// They are the guest's own business: the bridge is not VLAN-aware.
    case carried
    /// They are dropped: the port is an untagged member of its VLAN.
    case dropped
    /// They are forwarded inside a trunk's VLANs, but not behind the tags of these VLANs, which the
    /// bridge may remove, nor behind VLAN 0, which means the native VLAN.
    case droppedBehind([VLANID])
  }

  /// The port's owner, for administrators; see `Nftables.Comment` for how it is shortened.
  let attachment: String

  /// Returns the name of a port's chain.
  static func chain(of port: InterfaceName) -> Nftables.Chain.ID {
    table.chain(port.string)
  }

  /// The chain in its intended state.
  var chain: Nftables.Chain {
    Nftables.Chain(
      Self.chain(of: port),
      base: Nftables.Chain.Base(.filter, hook: .ingress, priority: 0, policy: .drop, device: port),
      comment: Nftables.Comment(attachment)
    )
  }

  /// The chain's intended rules.
  ///
  /// The policy alone would drop; the last rule has a counter, so that `nft list` shows attempts.
  var rules: [Nftables.Rule] {
    hiddenTagRules + [
      Nftables.Rule(.etherSource(is: address), [.verdict(.accept)]),
      Nftables.Rule([.counter, .verdict(.drop)]),
    ]
  }

  /// The kernel has removed the outer tag: its type is `ether type`, the protocol is what follows.
  private var hiddenTagRules: [Nftables.Rule] {
    let tagTypes: [[UInt8]] = [[0x81, 0x00], [0x88, 0xA8]]
    let drop: [Nftables.Expression] = [.counter, .verdict(.drop)]
    let isEthernet: [Nftables.Expression] = [
      .meta(.iiftype), .compare(.equal, Nftables.hostOrder(UInt16(1))),
    ]
    let outerAD: [Nftables.Expression] = [
      .payload(.link, offset: 12, length: 2), .compare(.equal, tagTypes[1]),
    ]
    let outer: [[Nftables.Expression]]
    switch innerTags {
    case .carried: return []
    case .dropped: outer = [[]]
    case .droppedBehind(let identifiers):
      outer = ([0] + identifiers.map { $0.number }).map { number in
        isEthernet + [
          .payload(.link, offset: 12, length: 2), .compare(.equal, tagTypes[0]),
          .payload(.link, offset: 14, length: 2), .bitwise(mask: [0x0F, 0xFF], xor: [0, 0]),
          .compare(.equal, [UInt8(number >> 8), UInt8(number & 0xFF)]),
        ]
      }
    }
    return [Nftables.Rule(isEthernet, outerAD, drop)]
      + outer.flatMap { outer in
        tagTypes.map { Nftables.Rule(outer, [.meta(.protocol), .compare(.equal, $0)], drop) }
      }
  }

  /// Puts the filter in force, replacing any older content of the port's chain.
  var setUp: Nftables.Transaction {
    [
      .addTable(Nftables.Table(Self.table, comment: "MAC spoofing protection of cnv-bridge ports")),
      .addChain(chain),
      .flushChain(chain.id),
    ] + rules.map { .addRule($0, chain.id) } + [.wakeTable(Self.table)]
  }
}

extension SpoofFilter {
  /// The kernel's state of one port's filter.
  struct Observation: Hashable {
    /// Whether the table is dormant, so that no filter is in force.
    var isTableDormant = false
    /// The port's chain, if it exists.
    var chain: Nftables.Chain?
    /// The chain's rules in order.
    var rules: [Nftables.Rule] = []
  }

  /// Returns the changes that remove existing filters, and with the last of them the table.
  ///
  /// `chainsInTable` is nil if there is no table.
  static func removal(of ports: [InterfaceName], chainsInTable: UInt32?) -> Nftables.Transaction {
    guard let chainsInTable else { return [] }
    let chains: Nftables.Transaction = ports.map { .deleteChain(chain(of: $0)) }
    // Another process may add a chain meanwhile: the kernel then refuses (EBUSY) and all stays.
    return Int(chainsInTable) <= ports.count ? chains + [.deleteEmptyTable(table)] : chains
  }

  /// Returns the first difference between the kernel's filter and this one, or nil.
  func difference(from observed: Observation) -> String? {
    guard let chain = observed.chain else { return "port '\(port)' has no spoof filter" }
    if observed.isTableDormant {
      return "the spoof filter of port '\(port)' is not in force: \(Self.table) is dormant"
    }
    guard chain.base == self.chain.base else {
      return "the spoof filter of port '\(port)' is not in force: \(chain.id) is not its ingress"
        + " chain with the policy drop"
    }
    if observed.rules == rules { return nil }
    if let permitted = Self.permittedAddress(in: observed.rules), permitted != address {
      return "the spoof filter of port '\(port)' permits \(permitted) instead of \(address)"
    }
    return "the spoof filter of port '\(port)' does not have the rules that ADD gave it"
  }

  private static func permittedAddress(in rules: [Nftables.Rule]) -> MACAddress? {
    for case .compare(.equal, let bytes) in rules.flatMap({ $0.expressions }) {
      if let address = MACAddress(bytes: bytes) { return address }
    }
    return nil
  }
}
