// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// One STATUS: finds out whether the kernel supports the configuration, changing nothing.
struct StatusCommand {
  private let request: NetworkRequest
  private let configuration: BridgeConfiguration
  private let kernel: Kernel

  /// Validates the configuration.
  init(_ request: NetworkRequest) throws(CNIError) {
    self.request = request
    configuration = try BridgeConfiguration(request.configuration)
    kernel = try Kernel(containerIfThereAt: nil)
  }

  /// Probes each required feature, then asks IPAM.
  /// - Throws: `CNIError` with code 50 that names what is missing.
  func run() throws(CNIError) {
    let conflict: LinkConflict?
    let lack: String?
    do {
      try judgePrivilege()
      conflict = try judgeBridge()
      lack = try lackOfFirewall()
    } catch {
      throw CNIError(error, code: .notAvailable)
    }
    if let conflict { throw CNIError(conflict, .notAvailable) }
    if let lack { throw CNIError(.notAvailable, lack) }
    try request.ipam()?.status()
  }

  /// Makes an empty change to a link that every namespace has; that needs the required privilege.
  private func judgePrivilege() throws(KernelError) {
    guard let loopback = InterfaceName("lo") else { return }
    do {
      try kernel.perform(Step(.host, .changeLink(loopback, LinkChange())))
    } catch {
      throw KernelError(errno: error.errno, operation: "administer", object: "the node's network")
    }
  }

  /// Reasons for which ADD would reject the bridge, and missing VLAN filtering.
  private func judgeBridge() throws(KernelError) -> LinkConflict? {
    let bridge = try kernel.host.link(named: configuration.bridge, orAlternatively: true)
    if configuration.needsVLANFiltering, try !filtersVLANs() {
      return .kernelFiltersNoVLANs(configuration.bridge)
    }
    guard let bridge else { return nil }
    let ports = try kernel.host.route.links(below: bridge.index)
    do {
      _ = try LinkPlan.bridgeChange(configuration, bridge, ports)
    } catch {
      return error
    }
    return nil
  }

  /// Features that ADD's rules need and the kernel lacks.
  private func lackOfFirewall() throws(KernelError) -> String? {
    guard configuration.changesFirewall else { return nil }
    let firewall = try Firewall(kernel)
    if configuration.checksMACSpoofing, let lack = firewall.lack(of: .spoofFilter) { return lack }
    let masquerades = configuration.masquerades && configuration.hasIPAM
    return masquerades ? firewall.lack(of: .masquerade) : nil
  }

  /// Asks for the VLANs of the loopback interface: a kernel that filters VLANs replies that it is
  /// not a bridge port (EINVAL), another that it does not know the request (EOPNOTSUPP).
  ///
  /// Kernels before 5.6 do not know it either, and only a bridge shows what they support: if there
  /// is none, one is created in a private namespace.
  private func filtersVLANs() throws(KernelError) -> Bool {
    do {
      _ = try kernel.host.route.vlans(ofPortAt: 1)
    } catch  where error.number == .notSupported {
      let probe = try Kernel(container: .make(returningTo: kernel.host.namespace))
      let bridge = BridgeCreation(name: configuration.bridge, mac: try MACAddress.random())
      try probe.perform(Step(.container, .createBridge(bridge)))
      guard let index = try probe.container?.index(of: bridge.name) else { return false }
      return (try? probe.container?.route.vlans(ofPortAt: index)) != nil
    } catch  where error.number == .invalid {
      return true
    }
    return true
  }
}
