// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What each chain does, as `nft` would write it in the summaries.
struct RulePlan {
  typealias NamedChain = (name: String, base: NFT.Chain.Base?, rules: [NFT.Rule])

  let configuration: MasqueradeConfiguration
  let podAddresses: [IPAddress]

  /// Decides the rules for a pod with these addresses.
  init(_ configuration: MasqueradeConfiguration, _ podAddresses: [IPAddress]) {
    self.configuration = configuration
    self.podAddresses = podAddresses
  }

  /// The families the VM has.
  var families: [IPFamily] {
    IPFamily.allCases.filter { family in podAddresses.contains { $0.family == family } }
  }

  var isInMesh: Bool { configuration.mesh != .none }

  /// The sets of ports that rules look up.
  var sets: [(name: String, ranges: [PortRange])] {
    var sets: [(String, [PortRange])] = []
    if !configuration.reserved.isEmpty { sets.append(("reserved", configuration.reserved)) }
    if isInMesh { sets.append(("mesh", MasqueradeConfiguration.meshPorts)) }
    if let forwarded = configuration.forwarded { sets.append(("forward", forwarded)) }
    return sets
  }

  /// Every chain, in the order of a packet's way.
  var chains: [NamedChain] {
    [prerouting] + output + [inbound] + local
      + [
        toVM, postrouting, toBridge, input, fromGuest, fromOutside, forward, forwardIn, forwardOut,
      ]
      + ambient
  }
}

extension RulePlan {
  /// Before the mesh's own hooks (-100), which would take what it is to leave; else behind others.
  private var prerouting: NamedChain {
    let base = NFT.Chain.Base(.nat, hook: .prerouting, priority: isInMesh ? -110 : -90)
    let own = [NFT.Rule(.arrives(through: configuration.bridge), [.verdict(.return)])]
    return (
      "prerouting", base,
      (configuration.allowsHairpin ? [] : own)
        + podAddresses.map { NFT.Rule(Self.destination($0), [.verdict(.goto("inbound"))]) }
    )
  }

  /// What the pod's own programs dial: its loopback and, where Envoy dials it, its address.
  private var output: [NamedChain] {
    guard isInMesh || (configuration.forwardsLocalhost && families.contains(.v4)) else { return [] }
    let base = NFT.Chain.Base(.nat, hook: .output, priority: -90)
    let loopback = families.contains(.v4) ? [Self.loopback] : []
    let dialled = loopback + (isInMesh ? podAddresses : [])
    return [
      ("output", base, dialled.map { NFT.Rule(Self.destination($0), [.verdict(.goto("local"))]) })
    ]
  }

  private static let loopback: IPAddress = {
    guard let address = IPAddress(bytes: [127, 0, 0, 1]) else { preconditionFailure("four bytes") }
    return address
  }()

  /// What comes from outside: seen once for each flow, so that a drop costs nothing later.
  private var inbound: NamedChain {
    var rules = reservedRules([.counter(), .verdict(.drop)])
    if isInMesh {
      // `tcp dport != 22 return`: Envoy takes TCP, except SSH.
      rules.append(
        NFT.Rule([
          .meta(.l4proto), .compare(.equal, [TransportProtocol.tcp.number]),
          .payload(.transport, offset: 2, length: 2), .compare(.notEqual, [0, 22]),
          .verdict(.return),
        ])
      )
    }
    return ("inbound", nil, rules + [forwardRule])
  }

  private var local: [NamedChain] {
    guard !output.isEmpty else { return [] }
    var rules = reservedRules([.verdict(.return)])
    if isInMesh { rules.append(NFT.Rule(Self.port(in: "mesh"), [.verdict(.return)])) }
    return [("local", nil, rules + [forwardRule])]
  }

  func reservedRules(_ fate: [NFT.Expression]) -> [NFT.Rule] {
    configuration.reserved.isEmpty ? [] : [NFT.Rule(Self.port(in: "reserved"), fate)]
  }

  /// What is listed goes to the VM, or everything where nothing is.
  private var forwardRule: NFT.Rule {
    let condition = configuration.forwarded == nil ? [] : Self.port(in: "forward")
    return NFT.Rule(condition, [.verdict(.goto("to_vm"))])
  }

  /// `dnat to VM`.
  private var toVM: NamedChain {
    (
      "to_vm", nil,
      families.map { family in
        NFT.Rule(.isIP(family), Self.translate(.destination, configuration.guest(family)))
      }
    )
  }

  /// `meta l4proto . th dport @NAME`.
  static func port(in set: String) -> [NFT.Expression] {
    [
      .meta(.l4proto), .payload(.transport, offset: 2, length: 2, into: NFT.Register(word: 1)),
      .lookup(set),
    ]
  }

  /// `ip daddr ADDRESS` with the question for the family that an inet table needs.
  static func destination(_ address: IPAddress) -> [NFT.Expression] {
    .isIP(address.family) + .destination(.equal, host(address))
  }

  /// `ip saddr NETWORK`, likewise.
  static func source(_ network: IPPrefix) -> [NFT.Expression] {
    .isIP(network.address.family) + .source(.equal, network)
  }

  static func host(_ address: IPAddress) -> IPPrefix {
    guard let prefix = IPPrefix(address: address, length: address.family.addressBits) else {
      preconditionFailure("\(address) has its own length")
    }
    return prefix
  }

  /// `dnat to ADDRESS` or `snat to ADDRESS`.
  static func translate(_ kind: NFT.NATKind, _ address: IPAddress) -> [NFT.Expression] {
    [.data(address.bytes), .nat(kind, address.family == .v4 ? .ip : .ip6)]
  }
}
