// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The rules of each chain, with summaries in `nft` syntax.
struct RulePlan {
  let configuration: MasqueradeConfiguration
  let note: PodNote
  let table: Nftables.Table.ID
  private let comments: [(chain: String, comment: Nftables.Comment)]

  /// Decides the rules for an attachment with this note.
  init(_ configuration: MasqueradeConfiguration, _ note: PodNote) {
    self.configuration = configuration
    self.note = note
    table = Ruleset.tableID(of: configuration.podInterface)
    comments = note.comments
  }

  /// The families the VM has.
  var families: [IPFamily] { note.families }

  var isInMesh: Bool { configuration.mesh != .none }

  /// The port sets that rules look up.
  var sets: [Ruleset.Ports] {
    var sets: [Ruleset.Ports] = []
    if !configuration.reserved.isEmpty { sets.append(set("reserved", configuration.reserved)) }
    if isInMesh { sets.append(set("mesh", MasqueradeConfiguration.meshPorts)) }
    if let forwarded = configuration.forwarded { sets.append(set("forward", forwarded)) }
    return sets
  }

  private func set(_ name: String, _ ranges: [PortRange]) -> Ruleset.Ports {
    Ruleset.Ports(set: table.set(name), elements: ranges.map { $0.element })
  }

  /// Every chain, in the order in which packets traverse them.
  var chains: [Ruleset.Chain] {
    [prerouting] + output + [inbound] + local
      + [
        toVM, postrouting, toBridge, input, fromGuest, fromOutside, forward, forwardIn, forwardOut,
      ]
      + ambient + note.furtherComments.map { chain($0.chain, nil, []) }
  }

  func chain(_ name: String, _ base: Nftables.Chain.Base?, _ rules: [Nftables.Rule])
    -> Ruleset.Chain
  {
    let comment = comments.first { $0.chain == name }?.comment
    let chain = Nftables.Chain(table.chain(name), base: base, comment: comment)
    return Ruleset.Chain(chain: chain, rules: rules)
  }
}

extension RulePlan {
  /// Before the mesh's own hooks (-100), which would intercept too much; otherwise after others.
  private var prerouting: Ruleset.Chain {
    let base = Nftables.Chain.Base(.nat, hook: .prerouting, priority: isInMesh ? -110 : -90)
    let uplink = families.map { family in
      Nftables.Rule(
        .arrives(through: configuration.podInterface),
        podAddress(family, of: .destination.union(.iif)),
        [.verdict(.goto("inbound"))]
      )
    }
    let hairpin = families.map { family in
      Nftables.Rule(.arrives(through: bridge) + podAddress(family), [.verdict(.goto("inbound"))])
    }
    return chain("prerouting", base, uplink + (configuration.allowsHairpin ? hairpin : []))
  }

  /// Connections of the pod's own programs: to its loopback and, from Envoy, to its address.
  private var output: [Ruleset.Chain] {
    guard takesLocal else { return [] }
    let base = Nftables.Chain.Base(.nat, hook: .output, priority: -90)
    let loopback = families.contains(.v4) ? [Self.destination(Self.loopback)] : []
    let dialled = loopback + (isInMesh ? families.map { podAddress($0) } : [])
    let rules = dialled.map { Nftables.Rule($0, [.verdict(.goto("local"))]) }
    return [chain("output", base, rules)]
  }

  private var takesLocal: Bool {
    isInMesh || (configuration.forwardsLocalhost && families.contains(.v4))
  }

  private static let loopback = certain(IPAddress("127.0.0.1"))

  /// Traffic from outside: seen once per flow, so that a drop costs nothing later.
  private var inbound: Ruleset.Chain {
    var rules = reservedRules([.counter, .verdict(.drop)])
    if isInMesh {
      // `tcp dport != 22 return`: Envoy intercepts TCP, except SSH.
      rules.append(
        Nftables.Rule([
          .meta(.l4proto), .compare(.equal, [TransportProtocol.tcp.number]),
          .payload(.transport, offset: 2, length: 2), .compare(.notEqual, [0, 22]),
          .verdict(.return),
        ])
      )
    }
    return chain("inbound", nil, rules + [forwardRule])
  }

  private var local: [Ruleset.Chain] {
    guard takesLocal else { return [] }
    var rules = reservedRules([.verdict(.return)])
    if isInMesh { rules.append(Nftables.Rule(Self.port(in: "mesh"), [.verdict(.return)])) }
    return [chain("local", nil, rules + [forwardRule])]
  }

  func reservedRules(_ fate: [Nftables.Expression]) -> [Nftables.Rule] {
    configuration.reserved.isEmpty ? [] : [Nftables.Rule(Self.port(in: "reserved"), fate)]
  }

  /// Listed ports go to the VM, or everything if there is no list.
  private var forwardRule: Nftables.Rule {
    let condition = configuration.forwarded == nil ? [] : Self.port(in: "forward")
    return Nftables.Rule(condition, [.verdict(.goto("to_vm"))])
  }

  /// `dnat to VM`.
  private var toVM: Ruleset.Chain {
    chain(
      "to_vm",
      nil,
      families.map { family in
        Nftables.Rule(.isIP(family), Self.translate(.destination, configuration.guest(family)))
      }
    )
  }

  /// `meta l4proto . th dport @NAME`.
  static func port(in set: String) -> [Nftables.Expression] {
    [
      .meta(.l4proto), .payload(.transport, offset: 2, length: 2, word: 1),
      .lookup(set),
    ]
  }

  /// `ip daddr ADDRESS` with the family check that an inet table needs.
  static func destination(_ address: IPAddress) -> [Nftables.Expression] {
    .isIP(address.family) + .destination(.equal, host(address))
  }

  /// `fib daddr type local` for an address of the pod, whenever it was added, except those of the
  /// gateway, loopback and link-local ones.
  func podAddress(
    _ family: IPFamily,
    of selector: Nftables.RouteSelector = .destination
  ) -> [Nftables.Expression] {
    let other = family == .v4 ? Self.loopbackNetwork : Self.linkLocalNetwork
    return .isIP(family) + .destination(.notEqual, configuration.network(family))
      + .destination(.notEqual, other)
      + Self.isLocal(selector)
  }

  /// `fib SELECTOR type local`, addresses that the pod considers its own (`RTN_LOCAL`).
  static func isLocal(_ selector: Nftables.RouteSelector) -> [Nftables.Expression] {
    [.addressType(of: selector), .compare(.equal, Nftables.hostOrder(UInt32(2)))]
  }

  /// `ip saddr NETWORK`, with the family check.
  static func source(_ network: IPPrefix) -> [Nftables.Expression] {
    .isIP(network.address.family) + .source(.equal, network)
  }

  static func host(_ address: IPAddress) -> IPPrefix {
    certain(IPPrefix(address: address, length: address.family.addressBits))
  }

  /// `dnat to ADDRESS` or `snat to ADDRESS`.
  static func translate(_ kind: Nftables.NATKind, _ address: IPAddress) -> [Nftables.Expression] {
    [.data(address.bytes), .nat(kind, address.family == .v4 ? .ip : .ip6)]
  }
}
