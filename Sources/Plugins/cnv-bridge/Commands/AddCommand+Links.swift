// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

extension AddCommand {
  /// Creates the port; looks and tries once more if another ADD or DEL interfered.
  mutating func makeLinks() throws(CNIError) {
    let conflict: LinkConflict?
    do {
      conflict = try applyLinkPlan()
    } catch {
      guard error.number == .exists || error.number == .noDevice else { throw failure(error) }
      takeBack()
      do { conflict = try applyLinkPlan() } catch { throw failure(error) }
    }
    if let conflict { throw CNIError(conflict) }
  }

  /// Looks, decides and acts; no other process removes what the look has found meanwhile.
  ///
  /// Returns the conflict, if there is one; nothing was done then.
  private mutating func applyLinkPlan() throws(KernelError) -> LinkConflict? {
    var lock: NamespaceLock? = try kernel.lock(.shared)
    var observation = try LinkObservation(&configuration, attachment, kernel)
    if configuration.needsVLANFiltering, observation.bridge?.bridge?.filtersVLANs == false {
      // A process creating a port of the bridge right now has seen it without VLAN filtering.
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

  /// A kernel without VLAN filtering silently accepts a bridge's setting and rejects a port's.
  private func failure(_ error: KernelError) -> CNIError {
    guard error.number == .notSupported, configuration.needsVLANFiltering else {
      return CNIError(error)
    }
    return CNIError(LinkConflict.kernelFiltersNoVLANs(configuration.bridge))
  }

  /// Waits until the host end forwards frames: the kernel reports that shortly after it is set up.
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
  /// Observes everything ADD depends on; the configuration gets the bridge's own name.
  init(
    _ configuration: inout BridgeConfiguration,
    _ attachment: Attachment,
    _ kernel: Kernel
  ) throws(KernelError) {
    bridge = try configuration.findBridge(kernel)
    if let bridge, configuration.gatewayInterfaceName == bridge.name {
      // NET_ADDR_SET of `linux/netdevice.h`, which netlink does not report.
      let file = TextFile("/sys/class/net/\(bridge.name)/addr_assign_type")
      let kind = (try? file.read()) ?? nil  // if unknown, it is pinned again
      bridgeFollowsPorts = kind?.utf8.first != UInt8(ascii: "3")
    }
    if bridge == nil, let found = try kernel.host.link(named: attachment.unfinishedBridge) {
      // Earlier releases created it without a mark.
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
  /// Whether the attachment may affect a bridge's ports or lose its frames, or the bridge changes.
  fileprivate func concernsPorts(of found: Link) -> Bool {
    (needsVLANFiltering && found.bridge?.filtersVLANs == false) || mtu != nil || !found.isUp
      || (isPromiscuous && !found.isPromiscuous)
  }
}
