// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension RulePlan {
  var bridge: InterfaceName { configuration.bridge }

  /// Packets from the VM get the address of the interface they leave through.
  var postrouting: Ruleset.Chain {
    let base = Nftables.Chain.Base(.nat, hook: .postrouting, priority: 100)
    let rules =
      [Nftables.Rule(.leaves(through: bridge), [.verdict(.goto("to_bridge"))])]
      + families.map { Nftables.Rule(Self.source(configuration.network($0)), [.masquerade]) }
    return chain("postrouting", base, rules)
  }

  /// Sources the VM could not reply to become its gateway's: the pod's loopback, and the VM itself.
  var toBridge: Ruleset.Chain {
    var rules: [Nftables.Rule] = []
    for family in families {
      let gateway = Self.translate(.source, configuration.gateway(family).address)
      let loopback = family == .v4 ? [Self.loopbackNetwork] : []
      let own = configuration.allowsHairpin ? [Self.host(configuration.guest(family))] : []
      rules += (loopback + own).map { Nftables.Rule(Self.source($0), gateway) }
    }
    // In a mesh, also connections from the pod's programs, whatever their source address: only
    // packets from this machine have a socket, and with it an owner.
    guard isInMesh else { return chain("to_bridge", nil, rules) }
    rules += families.map { family in
      Nftables.Rule(
        [.meta(.skuid), .compare(.notEqual, Nftables.hostOrder(UInt32.max))] + .isIP(family),
        Self.translate(.source, configuration.gateway(family).address)
      )
    }
    return chain("to_bridge", nil, rules)
  }

  static let loopbackNetwork = certain(IPPrefix("127.0.0.0/8"))

  /// Istio's ztunnel marks traffic to the pod with 0x539 and expects replies with the mark 0x111,
  /// for which Istio has a routing rule.
  var ambient: [Ruleset.Chain] {
    guard configuration.mesh == .ambient else { return [] }
    let low = Nftables.hostOrder(UInt32(0xFFF))
    let none = Nftables.hostOrder(UInt32(0))
    let mark: [Nftables.Expression] = [
      .meta(.mark), .bitwise(mask: low, xor: none),
      .compare(.equal, Nftables.hostOrder(UInt32(0x539))),
    ]
    let remember: [Nftables.Expression] = [
      .connection(.mark),
      .bitwise(mask: Nftables.hostOrder(~UInt32(0xFFF)), xor: Nftables.hostOrder(UInt32(0x111))),
      .setConnection(.mark),
    ]
    let recall: [Nftables.Expression] = [
      .connection(.direction), .compare(.equal, [1]),
      .connection(.mark), .bitwise(mask: low, xor: none),
      .compare(.equal, Nftables.hostOrder(UInt32(0x111))),
      .connection(.mark), .setMeta(.mark),
    ]
    return [
      chain(
        "ambient_out",
        Nftables.Chain.Base(.route, hook: .output, priority: -150),
        families.map { Nftables.Rule(mark, podAddress($0), remember) }
      ),
      chain(
        "ambient_in",
        Nftables.Chain.Base(.filter, hook: .prerouting, priority: -150),
        [Nftables.Rule(.arrives(through: bridge), recall)]
      ),
    ]
  }
}
