// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The filter that lets a port send with one source MAC address only.
///
/// It is a chain at the ingress of the port's own device, so that it judges every frame before the
/// bridge, or anything else on the node, sees it: 802.1Q-tagged frames and those to
/// 01:80:C2:00:00:00–0F too, which bridge hooks never see although the bridge learns from them. A
/// frame costs the same however many ports there are, and ports without a filter cost nothing.
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
/// Behind the tag of a VLAN that leaves the node untagged, or one of 802.1ad that the bridge takes for
/// payload, a guest could hide the tag of a VLAN that is not its own (VLAN hopping): see `InnerTags`.
///
/// What a tc filter of the port redirects does not come here: tc judges first, and frames that an ifb
/// device gives back pass by both. A node that shapes a port so (the `bandwidth` plugin) is not
/// protected by this filter.
///
/// Since Linux 6.16 the chain outlives the device and sees a new one of the same name; before, it
/// went with the device.
struct SpoofFilter: Hashable {
  /// The table that holds the filters of all ports and nothing else.
  static let table = NFT.Table.ID(.netdev, "cnv_bridge")

  /// The host's end of the attachment.
  let port: InterfaceName

  /// The only address that the attachment may send from.
  let address: MACAddress

  /// Which frames may have a tag behind their 802.1Q tag.
  var innerTags = InnerTags.carried

  /// What becomes of a tag behind another one.
  enum InnerTags: Hashable {
    /// It is the guest's own business: the bridge knows no VLANs.
    case carried
    /// It is never carried: the port is an untagged member of its VLAN.
    case dropped
    /// It is carried inside a trunk's VLANs, but not behind the tags of these, which the bridge may
    /// take off, nor behind VLAN 0, which means the native one.
    case droppedBehind([VLANID])
  }

  /// What tells an administrator whose port it is; see `NFT.Comment` for what is kept of it.
  let attachment: String

  /// Returns the name of a port's chain.
  static func chain(of port: InterfaceName) -> NFT.Chain.ID {
    table.chain(port.string)
  }

  /// The chain as it must be.
  var chain: NFT.Chain {
    NFT.Chain(
      Self.chain(of: port),
      base: NFT.Chain.Base(.filter, hook: .ingress, priority: 0, policy: .drop, device: port),
      comment: NFT.Comment(attachment)
    )
  }

  /// The chain's rules as they must be.
  ///
  /// The policy alone would drop; the last rule counts, so that `nft list` shows attempts.
  var rules: [NFT.Rule] {
    hiddenTagRules + [
      NFT.Rule(.etherSource(is: address), [.verdict(.accept)]),
      NFT.Rule([.counter, .verdict(.drop)]),
    ]
  }

  /// The kernel has taken the outer tag off: its type is `ether type`, what follows is the protocol.
  private var hiddenTagRules: [NFT.Rule] {
    let tagTypes: [[UInt8]] = [[0x81, 0x00], [0x88, 0xA8]]
    let drop: [NFT.Expression] = [.counter, .verdict(.drop)]
    let isEthernet: [NFT.Expression] = [
      .meta(.iiftype), .compare(.equal, NFT.hostOrder(UInt16(1))),
    ]
    let outerAD: [NFT.Expression] = [
      .payload(.link, offset: 12, length: 2), .compare(.equal, tagTypes[1]),
    ]
    let outer: [[NFT.Expression]]
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
    return [NFT.Rule(isEthernet, outerAD, drop)]
      + outer.flatMap { outer in
        tagTypes.map { NFT.Rule(outer, [.meta(.protocol), .compare(.equal, $0)], drop) }
      }
  }

  /// Puts the filter in force, in place of any older content of the port's chain.
  var setUp: NFT.Transaction {
    [
      .addTable(NFT.Table(Self.table, comment: "MAC spoofing protection of cnv-bridge ports")),
      .addChain(chain),
      .flushChain(chain.id),
    ] + rules.map { .addRule($0, chain.id) } + [.wakeTable(Self.table)]
  }
}

extension SpoofFilter {
  /// What the kernel has of one port's filter.
  struct Observation: Hashable {
    /// Whether the table is asleep, and no filter in force.
    var isTableDormant = false
    /// The port's chain, if there is one.
    var chain: NFT.Chain?
    /// The chain's rules in order.
    var rules: [NFT.Rule] = []
  }

  /// Returns what takes filters away that are there, and with the last of them the table.
  ///
  /// `chainsInTable` is nil where there is no table.
  static func removal(of ports: [InterfaceName], chainsInTable: UInt32?) -> NFT.Transaction {
    guard let chainsInTable else { return [] }
    let chains: NFT.Transaction = ports.map { .deleteChain(chain(of: $0)) }
    // Another process may add a chain meanwhile: then the kernel refuses (EBUSY) and all stays.
    return Int(chainsInTable) <= ports.count ? chains + [.deleteEmptyTable(table)] : chains
  }

  /// Returns the first way in which the kernel's filter is not this one, or nil.
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

  private static func permittedAddress(in rules: [NFT.Rule]) -> MACAddress? {
    for case .compare(.equal, let bytes) in rules.flatMap({ $0.expressions }) {
      if let address = MACAddress(bytes: bytes) { return address }
    }
    return nil
  }
}
