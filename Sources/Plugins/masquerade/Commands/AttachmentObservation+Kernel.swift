// SPDX-License-Identifier: Apache-2.0

import Execution
import Netlink
import NetworkModel
import Nftables

extension AttachmentObservation {
  /// Observes everything that CHECK compares.
  init(_ configuration: MasqueradeConfiguration, _ kernel: Kernel) throws(KernelError) {
    guard let pod = kernel.container else { return }
    uplink = try pod.link(named: configuration.podInterface)
    bridge = try pod.link(named: configuration.bridge)
    tap = try pod.link(named: configuration.tap)
    if let bridge {
      bridgeAddresses = try pod.route.addresses(ofLinkAt: bridge.index).map { $0.prefix }
    }
    let keys = PodPlan.bridgeSettings(configuration, IPFamily.allCases).map { $0.key }
    let global = PodSettings.needed(IPFamily.allCases, configuration.podInterface).map { $0.path }
    settings = try kernel.settings(keys + global, in: .container)
    let id = Ruleset.tableID(of: configuration.podInterface)
    ruleset = try Ruleset(id, readThrough: kernel.ruleset(in: .container))
  }
}

extension Ruleset {
  /// Reads the rules of a table, or nil if it does not exist.
  init?(_ id: Nftables.Table.ID, readThrough socket: RulesetSocket) throws(KernelError) {
    guard let found = try socket.table(id) else { return nil }
    var chains: [Chain] = []
    for chain in try socket.chains(of: id) {
      let rules = try socket.rules(of: chain.id).map { $0.rule }
      chains.append(Chain(chain: chain, rules: rules))
    }
    var sets: [Ports] = []
    for name in ["reserved", "mesh", "forward"] {
      let set = id.set(name)
      guard try socket.contains(set) else { continue }
      sets.append(Ports(set: set, elements: try socket.elements(of: set)))
    }
    self.init(table: found.table, sets: sets, chains: chains)
  }
}
