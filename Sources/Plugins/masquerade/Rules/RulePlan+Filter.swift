// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What is held back: from the pod's own services, from the VM, and from leaving the pod.
///
/// Connection tracking finds some packets invalid; those have neither a direction nor a state, so that
/// only what is asked for by name passes and all else falls.
extension RulePlan {
  /// What is for the pod itself.
  var input: Ruleset.Chain {
    let base = NFT.Chain.Base(.filter, hook: .input, priority: 0)
    return chain(
      "input",
      base,
      [
        NFT.Rule(.arrives(through: bridge), [.verdict(.goto("from_guest"))]),
        NFT.Rule(
          .arrives(.notEqual, through: Self.loopbackInterface),
          [.verdict(.goto("from_outside"))]
        ),
      ]
    )
  }

  /// The guest speaks as itself.
  ///
  /// With a neighbour's address it could answer what the pod asked that neighbour; with the pod's,
  /// which Linux refuses for IPv4 only, it would be the pod. `route_localnet` lets its replies to the
  /// pod's loopback in, and nothing else.
  var fromGuest: Ruleset.Chain {
    let forged = IPFamily.allCases.map { family in
      let allowed = families.contains(family) ? guestSources(family) : []
      return NFT.Rule(
        .isIP(family) + allowed.flatMap { [NFT.Expression].source(.notEqual, $0) },
        [.counter, .verdict(.drop)]
      )
    }
    let own =
      families.contains(.v6)
      ? [NFT.Rule(.isIP(.v6) + Self.isLocal(.source), [.counter, .verdict(.drop)])] : []
    let loopback = NFT.Rule(
      .isIP(.v4) + .destination(.equal, Self.loopbackNetwork),
      [.counter, .verdict(.drop)]
    )
    return chain(
      "from_guest",
      nil,
      (families.contains(.v4) ? [Self.addressRequest] : []) + forged + own + [Self.answers]
        + (families.contains(.v4) ? [loopback] : [])
        + reservedRules([.counter, .verdict(.drop)])
    )
  }

  /// `ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept`: a guest that moved here asks for its
  /// address from its old one, and is to hear that it needs another.
  private static let addressRequest = NFT.Rule(
    destination(broadcast),
    [
      .meta(.l4proto), .compare(.equal, [TransportProtocol.udp.number]),
      .payload(.transport, offset: 0, length: 4), .compare(.equal, [0, 68, 0, 67]),
      .verdict(.accept),
    ]
  )

  /// The VM's network, and what a host speaks from that has no address yet, or on its link only.
  private func guestSources(_ family: IPFamily) -> [IPPrefix] {
    let unspecified = Self.host(IPAddress(unspecified: family))
    let local = family == .v6 ? [Self.linkLocalNetwork] : []
    return [configuration.network(family)] + local + [unspecified]
  }

  /// Neighbours know the pod by the gateway's address too, and could call themselves the VM.
  var fromOutside: Ruleset.Chain {
    chain(
      "from_outside",
      nil,
      families.map {
        NFT.Rule(Self.source(configuration.network($0)), [.counter, .verdict(.drop)])
      }
        + [Self.answers] + reservedRules([.counter, .verdict(.drop)])
    )
  }

  var forward: Ruleset.Chain {
    let base = NFT.Chain.Base(.filter, hook: .forward, priority: 0)
    return chain(
      "forward",
      base,
      [
        NFT.Rule(.leaves(through: bridge), [.verdict(.goto("forward_in"))]),
        NFT.Rule(.arrives(through: bridge), [.verdict(.goto("forward_out"))]),
      ] + othersForwarding
    )
  }

  /// What the pod did not forward before, and must not for the VM's sake: for IPv4 of its interface,
  /// for IPv6 of any but bridges, one of which may be another VM's.
  private var othersForwarding: [NFT.Rule] {
    let isNew = { (key: PodSettings.Key) in
      note.former.contains { $0.key == key && $0.value == "0" }
    }
    let bridge = Array("bridge".utf8) + [UInt8](repeating: 0, count: 10)
    let v4 = NFT.Rule(
      .arrives(through: configuration.podInterface),
      .isIP(.v4),
      [.counter, .verdict(.drop)]
    )
    let v6 = NFT.Rule(
      .isIP(.v6),
      [.meta(.iifkind), .compare(.notEqual, bridge), .meta(.oifkind), .compare(.notEqual, bridge)],
      [.counter, .verdict(.drop)]
    )
    return (isNew(.forwardingV4) ? [v4] : []) + (isNew(.forwardingV6) ? [v6] : [])
  }

  /// Neighbours that route the VM's network through the pod get no further than its port list, and
  /// cannot call themselves the VM, to which it would seem to be its gateway that speaks.
  var forwardIn: Ruleset.Chain {
    let forged = families.map {
      NFT.Rule(
        .arrives(.notEqual, through: bridge) + Self.source(configuration.network($0)),
        [.counter, .verdict(.drop)]
      )
    }
    return chain(
      "forward_in",
      nil,
      [Self.answers] + forged + [
        NFT.Rule(.connection(.destinationNAT as NFT.ConnectionStatus), [.verdict(.accept)]),
        NFT.Rule([.counter, .verdict(.drop)]),
      ]
    )
  }

  /// What connection tracking does not know, such as neighbour discovery, or another source sent,
  /// would leave untranslated; the pod's other networks are not the VM's.
  var forwardOut: Ruleset.Chain {
    let unknown = NFT.Rule(
      .connection(NFT.ConnectionState.invalid.union(.untracked)),
      [.counter, .verdict(.drop)]
    )
    let uplink: [NFT.Expression] = .leaves(through: configuration.podInterface)
    let own = families.map {
      NFT.Rule(uplink, Self.source(configuration.network($0)), [.verdict(.accept)])
    }
    return chain("forward_out", nil, [unknown] + own + [NFT.Rule([.counter, .verdict(.drop)])])
  }

  /// `ct state established,related accept`.
  private static let answers = NFT.Rule(
    // A literal of both would be put together by generic code, which asks the runtime for types.
    .connection(NFT.ConnectionState.established.union(.related)),
    [.verdict(.accept)]
  )

  private static let loopbackInterface = certain(InterfaceName("lo"))
  private static let broadcast = certain(IPAddress("255.255.255.255"))
  static let linkLocalNetwork = certain(IPPrefix("fe80::/10"))
}
