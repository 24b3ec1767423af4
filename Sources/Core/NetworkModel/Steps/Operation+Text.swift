// SPDX-License-Identifier: Apache-2.0

extension Operation {
  /// The operation as a verb and its object, for "cannot *verb* *object*: …".
  package var words: (verb: String, object: String) {
    switch self {
    case .link(let operation): operation.words
    case .ifUnused(let operation): operation.words
    case .createTap(let tap): ("create", "tap '\(tap.name)'")
    case .setSysctl(let key, let value, _), .trySysctl(let key, let value):
      ("set", "sysctl '\(key)' to '\(value)'")
    case .changeRuleset: ("change", "the nftables ruleset")
    case .deleteChain(let id): ("remove", "\(id)")
    }
  }
}

extension LinkOperation {
  /// The operation as a verb and its object.
  package var words: (verb: String, object: String) {
    switch self {
    case .createBridge(let bridge): ("create", "bridge '\(bridge.name)'")
    case .createVeth(let veth): ("create", "veth '\(veth.name)' with peer '\(veth.peer)'")
    case .changeLink(let name, let change): (change.verb, "interface '\(name)'")
    case .deleteLink(let name): ("delete", "interface '\(name)'")
    case .disablePort(let name): ("disable", "bridge port '\(name)'")
    case .addPortVLANs(let name, let vlans):
      ("add VLAN \(Self.list(vlans.map({ $0.range }))) to", "bridge port '\(name)'")
    case .removePortVLANs(let name, let ranges):
      ("remove VLAN \(Self.list(ranges)) from", "bridge port '\(name)'")
    case .addAddress(let name, let prefix), .addUncontestedAddress(let name, let prefix):
      ("add address \(prefix) to", "interface '\(name)'")
    case .removeAddress(let name, let prefix):
      ("remove address \(prefix) from", "interface '\(name)'")
    case .addRoute(let route, let name):
      ("add route to \(route.destination) through", "interface '\(name)'")
    case .changeVF(let index, let physical, let changes):
      (
        "set \(changes.map({ $0.description }).joined(separator: ", ")) on",
        "VF \(index) of '\(physical)'"
      )
    case .moveLink(let name, .container, let newName):
      ("move", "interface '\(name)' into the container as '\(newName)'")
    case .moveLink(let name, .host, let newName):
      ("move", "container interface '\(name)' to the host as '\(newName)'")
    case .addAlternativeName(let name, let other):
      ("add alternative name '\(other)' to", "interface '\(name)'")
    case .removeAlternativeName(let name, let other):
      ("remove alternative name '\(other)' from", "interface '\(name)'")
    }
  }

  private static func list(_ ranges: [VLANRange]) -> String {
    ranges.map { $0.description }.joined(separator: ",")
  }
}

extension SharedOperation {
  fileprivate var words: (verb: String, object: String) {
    switch self {
    case .deleteBridge(let name, _): ("delete", "bridge '\(name)'")
    case .changeBridge(let name, let change, _): LinkOperation.changeLink(name, change).words
    case .deleteGateway(let name, _): LinkOperation.deleteLink(name).words
    case .removeAddress(let name, let prefix, _): LinkOperation.removeAddress(name, prefix).words
    }
  }
}

extension LinkChange {
  fileprivate var verb: String {
    let settings = [
      name.map { "rename to '\($0)'" }, isUp.map { $0 ? "set up" : "set down" },
      mac.map { "set address \($0)" }, mtu.map { "set MTU \($0)" },
      isPromiscuous.map { "set promiscuous mode \($0 ? "on" : "off")" },
      alias.map { "set alias '\($0)'" },
      addressGeneration.map { "set addrgenmode \($0.text)" },
      port.map { "set hairpin \($0.isHairpin) isolated \($0.isIsolated)" },
      filtersVLANs.map { "set vlan_filtering \($0 ? 1 : 0)" }, setting.map { "set \($0)" },
      detachedProgram.map { _ in "detach the XDP program" },
    ]
    return settings.compactMap { $0 }.joined(separator: ", ") + " on"
  }
}
