// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import Nftables

/// One GC: removes what invalid attachments of a network have left on the host.
struct GCCommand {
  private let request: NetworkRequest
  private let valid: [Attachment]
  private let kernel: Kernel

  /// Reads the list of valid attachments.
  init(_ request: NetworkRequest) throws(CNIError) {
    self.request = request
    valid = try request.configuration.validAttachments()
    kernel = try Kernel(containerIfThereAt: nil)
  }

  /// Removes everything else of the network, and lets IPAM do the same.
  /// - Throws: `CNIError` that combines all failures.
  func run() throws(CNIError) {
    var teardown = Teardown(kernel)
    do {
      let links = try kernel.host.route.links()
      if links.contains(where: { $0.isUnfinished }) { try teardown.note(removeUnfinished()) }
      let garbage = links.filter { isGarbage($0) }
      teardown.remove(garbage) { firewall throws(KernelError) in try removal(firewall, links) }
      // Left by killed DELs; the port of a gateway interface is labelled before the interface.
      for port in links where port.isGatewayPort {
        guard let gateway = links.first(where: { $0.index == port.peer }) else { continue }
        teardown.remove(gateway.name, besides: port.name)
      }
    } catch {
      teardown.note([error])
    }
    teardown.failures.gather(try request.ipam()?.run(.collectGarbage))
    try teardown.failures.throwIfAny()
  }

  /// Removes links of any network that killed ADDs left unlabelled, and returns the failures.
  ///
  /// An ADD holds the lock until its links are complete.
  private func removeUnfinished() throws(KernelError) -> [KernelError] {
    let lock = try kernel.lock(.exclusive)
    defer { extendLifetime(lock) }
    guard lock.isHeld else { return [] }
    let links = try kernel.host.route.links().filter { $0.isUnfinished }
    return kernel.performAll(links.map { Step(.host, .deleteLink($0.name)) })
  }

  /// Filters of ports that are garbage or gone, the Go plugin's filters for ports that are gone,
  /// and the network's masquerading.
  private func removal(
    _ firewall: Firewall,
    _ links: [Link]
  ) throws(KernelError) -> Firewall.Removal {
    let validIDs = valid.map { GoSpoofFilter($0) }
    let prerouting = try firewall.ruleset.rules(of: GoSpoofFilter.prerouting)
    var ports: [InterfaceName] = []
    for (port, owner) in try firewall.spoofFilters() where isGarbage(port, Label(owner)) {
      // A port that stays because it is new or was relabelled keeps its filter.
      let seen = links.first { $0.name == port }
      let stays = if let seen { !isGarbage(seen) } else { try kernel.host.link(named: port) != nil }
      if !stays { ports.append(port) }
    }
    return Firewall.Removal(
      ports: ports,
      // Ports are looked up after the rules: a rule is created after its port.
      goFilters: try GoSpoofFilter.leftovers(in: prerouting) { port throws(KernelError) in
        try kernel.host.route.link(named: port) != nil
      }.filter { !validIDs.contains($0) },
      masquerade: .network(
        request.configuration.name,
        except: valid.map { IPMasquerade.Share($0) }
      )
    )
  }

  private func isGarbage(_ link: Link) -> Bool {
    isGarbage(link.name, link.label)
  }

  /// Whether a host end, or a link of its name, is of this network and not of a valid attachment.
  private func isGarbage(_ name: InterfaceName, _ label: Label?) -> Bool {
    guard let label, label.isOf(network: request.configuration.name) else { return false }
    return !valid.contains { $0.hostInterface == name || label.isOf($0) }
  }
}

extension Link {
  /// Whether it is the bridge's end of a gateway interface.
  fileprivate var isGatewayPort: Bool {
    name.isHash(after: "veth") && label?.isGatewayInterface == true
  }
}
