// SPDX-License-Identifier: Apache-2.0

import Execution
import Netlink
import NetworkModel
import Nftables

extension PodObservation {
  /// Observes everything ADD depends on.
  ///
  /// `stated` are the addresses that the previous plugin reported for the interface.
  init(
    _ configuration: MasqueradeConfiguration,
    _ kernel: Kernel,
    _ attachment: Attachment,
    stated: [IPPrefix]
  ) throws(KernelError) {
    guard let pod = kernel.container else { return }
    let indices = LinkIndices(attachment)
    let links = try pod.route.links()
    let inTheWay = { (name: InterfaceName, index: Int32) in
      links.first { link in
        link.name == name || link.index == index
          || link.alternativeNames.contains(AlternativeName(name.string))
      }
    }
    uplink = links.first { $0.name == configuration.podInterface }
    bridge = inTheWay(configuration.bridge, indices.bridge)
    tap = inTheWay(configuration.tap, indices.tap)
    interfaces = links.map { $0.name }.filter { $0.string != "lo" } + [PodSettings.fresh]
    guard let uplink else { return }
    let found = try pod.route.addresses(ofLinkAt: uplink.index)
    addresses = stated.isEmpty ? found : stated.map { InterfaceAddress($0) }
    for family in families {
      routes += try pod.route.routes(family).map { route in
        let link = links.first { $0.index == route.hops.first?.interface }
        return ObservedRoute(
          destination: route.destination,
          interface: link?.name.string ?? "another table",
          isDeadEnd: route.isDeadEnd
        )
      }
    }
    let table = Ruleset.tableID(of: configuration.podInterface)
    hasTable = try kernel.ruleset(in: .container).table(table) != nil
    let keys = PodSettings.relevant(families, configuration.podInterface, interfaces)
    settings = try kernel.settings(keys, in: .container)
    guard links.contains(where: LinkIndices.contain) else { return }
    // What another attachment has changed has a new value since, which is not the original.
    for former in try kernel.podRecords().flatMap({ $0.note?.former ?? [] }) {
      settings[former.path] = former.value
    }
  }
}
