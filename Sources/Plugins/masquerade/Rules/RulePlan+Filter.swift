// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What is blocked: to the pod's own services, to the VM, and out of the pod.
///
/// Packets that connection tracking considers invalid have neither a direction nor a state, so only
/// traffic listed explicitly passes and everything else is dropped.
extension RulePlan {
  /// Traffic to the pod itself.
  var input: Ruleset.Chain {
    let base = Nftables.Chain.Base(.filter, hook: .input, priority: 0)
    return chain(
      "input",
      base,
      [
        Nftables.Rule(.arrives(through: bridge), [.verdict(.goto("from_guest"))]),
        Nftables.Rule(
          .arrives(.notEqual, through: Self.loopbackInterface),
          [.verdict(.goto("from_outside"))]
        ),
      ]
    )
  }

  /// The guest may only use its own addresses.
  ///
  /// With a neighbour's address it could answer what the pod asked that neighbour; with the pod's,
  /// which Linux rejects for IPv4 only, it would pose as the pod. `route_localnet` admits its
  /// replies to the pod's loopback, and nothing else.
  var fromGuest: Ruleset.Chain {
    let forged = IPFamily.allCases.map { family in
      let allowed = families.contains(family) ? guestSources(family) : []
      return Nftables.Rule(
        .isIP(family) + allowed.flatMap { [Nftables.Expression].source(.notEqual, $0) },
        Self.drop
      )
    }
    let own =
      families.contains(.v6)
      ? [Nftables.Rule(.isIP(.v6) + Self.isLocal(.source), Self.drop)] : []
    let loopback = Nftables.Rule(.isIP(.v4) + .destination(.equal, Self.loopbackNetwork), Self.drop)
    return chain(
      "from_guest",
      nil,
      (families.contains(.v4) ? [Self.addressRequest] : []) + forged + own + [Self.answers]
        + (families.contains(.v6) ? Self.onLinkOnly : [])
        + (families.contains(.v4) ? [loopback] : [])
        + reservedRules(Self.drop)
    )
  }

  /// `ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept`: a guest that moved here requests
  /// its address from its old one, and must be told that it needs another.
  private static let addressRequest = Nftables.Rule(
    destination(broadcast) + datagram(at: 0, [0, 68, 0, 67]) + [.verdict(.accept)]
  )

  /// A link-local address may also be that of another interface of the pod, and only the link tells
  /// it from the guest's: it is accepted for ICMPv6 and DHCPv6, and nothing else.
  private static let onLinkOnly = [
    Nftables.Rule(source(linkLocalNetwork) + datagram(at: 2, [0x02, 0x23]) + [.verdict(.accept)]),
    Nftables.Rule(source(linkLocalNetwork), [.meta(.l4proto), .compare(.notEqual, [58])], drop),
  ]

  /// A UDP datagram with these ports, or this port, at an offset in its header.
  private static func datagram(at offset: UInt32, _ ports: [UInt8]) -> [Nftables.Expression] {
    [
      .meta(.l4proto), .compare(.equal, [TransportProtocol.udp.number]),
      .payload(.transport, offset: offset, length: UInt32(ports.count)), .compare(.equal, ports),
    ]
  }

  /// The VM's network, and the sources of a host without an address, or with one on its link only.
  private func guestSources(_ family: IPFamily) -> [IPPrefix] {
    let unspecified = Self.host(IPAddress(unspecified: family))
    let local = family == .v6 ? [Self.linkLocalNetwork] : []
    return [configuration.network(family)] + local + [unspecified]
  }

  /// Neighbours can reach the pod at the gateway's address too, and could pose as the VM.
  var fromOutside: Ruleset.Chain {
    chain(
      "from_outside",
      nil,
      families.map { Nftables.Rule(Self.source(configuration.network($0)), Self.drop) }
        + [Self.answers] + reservedRules(Self.drop)
    )
  }

  var forward: Ruleset.Chain {
    let base = Nftables.Chain.Base(.filter, hook: .forward, priority: 0)
    return chain(
      "forward",
      base,
      [
        Nftables.Rule(.leaves(through: bridge), [.verdict(.goto("forward_in"))]),
        Nftables.Rule(.arrives(through: bridge), [.verdict(.goto("forward_out"))]),
      ] + othersForwarding
    )
  }

  /// Rules against forwarding that was enabled for the VM and was off before: for IPv4 on its
  /// uplink, for IPv6 on every interface except bridges created by ADD, which have their own rules.
  private var othersForwarding: [Nftables.Rule] {
    let isNew = { (key: PodSettings.Key) in
      note.former.contains { $0.key == key && $0.value == "0" }
    }
    let unmarked = { (key: Nftables.MetaKey) -> [Nftables.Expression] in
      let none = Nftables.hostOrder(UInt32(0))
      let mask = Nftables.hostOrder(UInt32(bitPattern: LinkIndices.mark))
      return [.meta(key), .bitwise(mask: mask, xor: none), .compare(.equal, none)]
    }
    let v4 = Nftables.Rule(.arrives(through: configuration.podInterface), .isIP(.v4), Self.drop)
    let v6 = Nftables.Rule(.isIP(.v6) + unmarked(.iif) + unmarked(.oif), Self.drop)
    return (isNew(.forwardingV4) ? [v4] : []) + (isNew(.forwardingV6) ? [v6] : [])
  }

  /// Neighbours that route the VM's network through the pod are limited to its port list, and
  /// cannot use the VM network's addresses, by which they would pose as its gateway.
  var forwardIn: Ruleset.Chain {
    let forged = families.map {
      Nftables.Rule(
        .arrives(.notEqual, through: bridge) + Self.source(configuration.network($0)),
        Self.drop
      )
    }
    return chain(
      "forward_in",
      nil,
      [Self.answers] + forged + [
        Nftables.Rule(
          .connection(.destinationNAT as Nftables.ConnectionStatus),
          [.verdict(.accept)]
        ),
        Nftables.Rule(Self.drop),
      ]
    )
  }

  /// Packets unknown to connection tracking, such as neighbour discovery, or with a foreign source
  /// would leave untranslated; the pod's other networks are off limits to the VM.
  var forwardOut: Ruleset.Chain {
    let unknown = Nftables.Rule(
      .connection(Nftables.ConnectionState.invalid.union(.untracked)),
      Self.drop
    )
    let uplink: [Nftables.Expression] = .leaves(through: configuration.podInterface)
    let own = families.map {
      Nftables.Rule(uplink, Self.source(configuration.network($0)), [.verdict(.accept)])
    }
    return chain("forward_out", nil, [unknown] + own + [Nftables.Rule(Self.drop)])
  }

  /// `ct state established,related accept`.
  private static let answers = Nftables.Rule(
    // An array literal of both would be assembled by generic code, which needs type metadata.
    .connection(Nftables.ConnectionState.established.union(.related)),
    [.verdict(.accept)]
  )

  private static let drop: [Nftables.Expression] = [.counter, .verdict(.drop)]
  private static let loopbackInterface = certain(InterfaceName("lo"))
  private static let broadcast = certain(IPAddress("255.255.255.255"))
  static let linkLocalNetwork = certain(IPPrefix("fe80::/10"))
}
