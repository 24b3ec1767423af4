// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
import Execution
import Linux
import Netlink
import NetworkModel

extension AddCommand {
  /// Makes the port; once more from a new look where another ADD or DEL came in between.
  mutating func makeLinks() throws(CNIError) {
    let conflict: LinkConflict?
    do {
      conflict = try applyLinkPlan()
    } catch {
      guard error.errno == EEXIST || error.errno == ENODEV else { throw failure(error) }
      takeBack()
      do { conflict = try applyLinkPlan() } catch { throw failure(error) }
    }
    if let conflict { throw CNIError(conflict) }
  }

  /// Looks, decides and acts; nobody takes away in between what the look has found.
  ///
  /// Returns what is in the way, where something is and nothing was done.
  private mutating func applyLinkPlan() throws(KernelError) -> LinkConflict? {
    var lock: NamespaceLock? = try kernel.lock(.shared)
    var observation = try LinkObservation(&configuration, attachment, kernel)
    if configuration.needsVLANFiltering, observation.bridge?.bridge?.filtersVLANs == false {
      // Whoever is making a port of the bridge now goes by its filtering no VLANs.
      lock = nil
      lock = try kernel.lock(.exclusive)
      observation = try LinkObservation(&configuration, attachment, kernel)
    }
    defer { extendLifetime(lock) }
    let freshMAC = (try MACAddress.random(), try MACAddress.random())
    let plan: [Step]
    do {
      plan = try LinkPlan.steps(configuration, attachment, observation, freshMAC: freshMAC)
    } catch {
      return error
    }
    try kernel.apply(plan, recordingIn: &journal)
    hostMAC = freshMAC.0.marked(forPort: attachment.hostInterface)
    return nil
  }

  /// A kernel without VLAN filtering takes a bridge's setting silently and refuses a port's.
  private func failure(_ error: KernelError) -> CNIError {
    guard error.errno == EOPNOTSUPP, configuration.needsVLANFiltering else {
      return CNIError(error)
    }
    return CNIError(LinkConflict.kernelFiltersNoVLANs(configuration.bridge))
  }

  /// Waits until the host end passes frames: the kernel reports that a moment after it is set up.
  func waitForPort() throws(CNIError) {
    let hostEnd = attachment.hostInterface
    let isUp = try CNIError.converting(
      try RouteEvents(.links).wait(milliseconds: 2500) { () throws(KernelError) in
        try kernel.host.link(named: hostEnd)?.operationalState == .up
      }
    )
    guard isUp else {
      throw CNIError(
        .internalFailure,
        "bridge port '\(hostEnd)' does not come up",
        details: "its operational state was not 'up' after 2.5 s"
      )
    }
  }
}

extension LinkObservation {
  /// Looks at what an ADD depends on; the configuration gets the bridge's name.
  init(
    _ configuration: inout BridgeConfiguration,
    _ attachment: Attachment,
    _ kernel: Kernel
  ) throws(KernelError) {
    bridge = try configuration.findBridge(kernel)
    if let bridge, configuration.gatewayInterfaceName == bridge.name {
      // NET_ADDR_SET of `linux/netdevice.h`, which netlink does not tell.
      let file = TextFile("/sys/class/net/\(bridge.name)/addr_assign_type")
      let kind = (try? file.read()) ?? nil  // what is not known is pinned once more
      bridgeFollowsPorts = kind?.utf8.first != UInt8(ascii: "3")
    }
    if bridge == nil, let found = try kernel.host.link(named: attachment.unfinishedBridge) {
      // Earlier releases left it without a mark.
      unfinishedBridge = found.kind == "bridge" && !found.isUp && found.alias == nil ? found : nil
    }
    hostEnd = try kernel.host.link(named: attachment.hostInterface)
    if !configuration.checksMACSpoofing {
      hasStaleFilter = try Firewall.hasFilter(of: attachment.hostInterface, kernel)
    }
    containerEnd = try kernel.container?.link(named: attachment.containerInterface)
    if let hostEnd { renamedEnd = try kernel.containerEnd(of: hostEnd) }
    if let bridge, configuration.concernsPorts(of: bridge) {
      bridgePorts = try kernel.host.route.links(below: bridge.index)
    }
    if let interface = configuration.gatewayInterface {
      gateway = try kernel.host.link(named: interface.name)
    }
  }
}

extension BridgeConfiguration {
  /// Whether a bridge's ports could notice the attachment, or lose its frames, or the bridge changes.
  fileprivate func concernsPorts(of found: Link) -> Bool {
    (needsVLANFiltering && found.bridge?.filtersVLANs == false) || mtu != nil || !found.isUp
      || (isPromiscuous && !found.isPromiscuous)
  }
}
