// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The kernel's state of an attachment at one moment, as seen by CHECK.
struct AttachmentObservation: Equatable {
  /// The link with the configured bridge's name.
  var bridge: Link?
  /// The host end.
  var hostEnd: Link?
  /// The container end.
  var containerEnd: Link?
  /// Whether the result's sandbox is the container's namespace.
  var isReportedSandbox = true
  /// The ID by which the host knows the container's namespace, nil if no link leads there.
  var containerNumber: Int32?
  /// The VLANs of the host end; nil if the configuration has none.
  var vlans: [PortVLAN]?
  /// The fault of the spoof filter, nil if there is none or no filter is configured.
  var filterDifference: String?
  /// The container interface's addresses.
  var addresses: [InterfaceAddress] = []
  /// The container's routes.
  var routes: [InstalledRoute] = []
  /// The interface with the gateway addresses, nil if it is gone or none is configured.
  var gateway: Link?
  /// Why that interface is cut off from its VLAN, nil if it is not.
  var gatewayFault: String?
  /// That interface's addresses.
  var gatewayAddresses: [InterfaceAddress] = []
  /// The families whose packets the node forwards.
  var forwarding: Set<IPFamily> = []
  /// The fault of the masquerade rules, nil if there is none or none are configured.
  var masqueradeDifference: String?
}

extension AttachmentObservation {
  /// Returns the first difference from the state ADD left, in one line, or nil if there is none.
  func firstDifference(
    from configuration: BridgeConfiguration,
    _ attachment: Attachment,
    _ previous: AddResult
  ) -> String? {
    let ends =
      bridgeDifference(configuration) ?? absence(attachment)
      ?? resultDifference(attachment, previous)
    if let ends { return ends }
    let interface = attachment.containerInterface
    return hostEndDifference(configuration)
      ?? containerEndDifference(configuration, attachment, previous)
      ?? vlanDifference(configuration)
      ?? filterDifference
      ?? previous.addressDifference(interface, having: addresses)
      ?? previous.routeDifference(interface, at: containerEnd?.index, having: routes)
      ?? gatewayDifference(configuration, attachment, previous)
      ?? masqueradeDifference
  }

  private func bridgeDifference(_ configuration: BridgeConfiguration) -> String? {
    let name = "bridge '\(configuration.bridge)'"
    guard let found = bridge else { return "\(name) does not exist" }
    guard let bridge = found.bridge else { return "interface '\(found.name)' is not a bridge" }
    // Its address is not compared: unless pinned, it follows ports as they come and go.
    if !found.isUp { return "\(name) is down" }
    if configuration.isPromiscuous, !found.isPromiscuous { return "\(name) is not promiscuous" }
    if configuration.needsVLANFiltering, !bridge.filtersVLANs {
      return "\(name) does not filter VLANs"
    }
    return configuration.isOpened(byTagsOf: bridge)
      ? LinkConflict.bridgeTagsAreAD(found.name).message : nil
  }

  private func absence(_ attachment: Attachment) -> String? {
    if containerEnd == nil {
      return "container interface '\(attachment.containerInterface)' does not exist"
    }
    return hostEnd == nil ? "the host end of the attachment does not exist" : nil
  }

  /// The first difference from ADD's result about the two ends.
  private func resultDifference(_ attachment: Attachment, _ previous: AddResult) -> String? {
    if !isReportedSandbox {
      let sandbox = previous.containerInterface(attachment)?.sandbox ?? ""
      return "prevResult has sandbox '\(sandbox)', which is not the container's namespace"
    }
    guard let name = hostEnd?.name.string else { return nil }
    let isReported = previous.interfaces.contains { $0.sandbox == nil && $0.name == name }
    return isReported ? nil : "prevResult does not have host interface '\(name)'"
  }

  private func hostEndDifference(_ configuration: BridgeConfiguration) -> String? {
    guard let hostEnd else { return nil }
    let name = "host interface '\(hostEnd.name)'"
    if hostEnd.kind != "veth" { return "\(name) is not a veth" }
    if hostEnd.master != bridge?.index {
      return "\(name) is not a port of bridge '\(configuration.bridge)'"
    }
    if !hostEnd.isUp { return "\(name) is down" }
    if hostEnd.mtu != configuration.portMTU {
      return "\(name) has MTU \(hostEnd.mtu) instead of \(configuration.portMTU)"
    }
    // The kernel disables a port without carrier, as with the container end down.
    if hostEnd.operationalState == .up, hostEnd.isBlockedPort {
      return "\(name) is disabled, blocking or locked as a port"
    }
    guard let port = hostEnd.port, port != configuration.port else { return nil }
    return port.isHairpin == configuration.port.isHairpin
      ? "\(name) is \(port.isIsolated ? "" : "not ")isolated"
      : "\(name) has hairpin mode \(port.isHairpin ? "on" : "off")"
  }

  private func containerEndDifference(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment,
    _ previous: AddResult
  ) -> String? {
    let name = "container interface '\(attachment.containerInterface)'"
    guard let containerEnd else { return nil }
    if containerEnd.kind != "veth" { return "\(name) is not a veth" }
    // A process in the container can choose indices.
    if containerEnd.peer != hostEnd?.index || containerEnd.index != hostEnd?.peer
      || hostEnd?.peerNamespace != containerNumber
    {
      return "\(name) is not the other end of '\(hostEnd?.name.string ?? "")'"
    }
    // A later plugin of the chain may have changed the address, which is then in the result, and an
    // MTU that this plugin did not set: `tuning` does not report the new one in the result.
    let reported = previous.containerInterface(attachment)
    if let mac = reported?.macAddress ?? configuration.mac, containerEnd.mac != mac {
      return "\(name) has address \(containerEnd.mac?.description ?? "none") instead of \(mac)"
    }
    if let mtu = configuration.mtu, containerEnd.mtu != mtu {
      return "\(name) has MTU \(containerEnd.mtu) instead of \(mtu)"
    }
    if !configuration.leavesContainerInterfaceDown, !containerEnd.isUp { return "\(name) is down" }
    return nil
  }

  private func vlanDifference(_ configuration: BridgeConfiguration) -> String? {
    guard let wanted = configuration.portVLANs, let hostEnd else { return nil }
    let name = "host interface '\(hostEnd.name)'"
    let found = Self.flags(vlans ?? [])
    let expected = Self.flags(wanted)
    for (identifier, flags) in expected.sorted(by: { $0.key < $1.key }) {
      guard let present = found[identifier] else { return "\(name) is not in VLAN \(identifier)" }
      if present != flags {
        return "\(name) is in VLAN \(identifier) \(present) instead of \(flags)"
      }
    }
    guard !configuration.preservesDefaultVLAN else { return nil }
    // The Go plugin before 1.8 left its ports in the bridge's default VLAN.
    let left = hostEnd.alias == nil ? bridge?.bridge?.defaultPVID : nil
    let surplus = found.keys.filter { expected[$0] == nil && $0 != left }.min()
    return surplus.map { "\(name) is in VLAN \($0), which it should not be" }
  }

  /// iproute2's words in `bridge vlan` for the flags of each identifier.
  private static func flags(_ vlans: [PortVLAN]) -> [VLANID: String] {
    var flags: [VLANID: String] = [:]
    for vlan in vlans {
      let words = [vlan.isPVID ? "PVID" : nil, vlan.isUntagged ? "untagged" : "tagged"]
      for identifier in vlan.range.identifiers {
        flags[identifier] = words.compactMap { $0 }.joined(separator: " ")
      }
    }
    return flags
  }
}

extension AttachmentObservation {
  /// The first gateway address that the bridge or the VLAN's gateway interface lacks.
  func gatewayDifference(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment,
    _ previous: AddResult
  ) -> String? {
    guard let name = configuration.gatewayInterfaceName else { return nil }
    guard let gateway else { return "gateway interface '\(name)' does not exist" }
    if !gateway.isUp { return "gateway interface '\(name)' is down" }
    if let gatewayFault { return gatewayFault }
    let own = AddResult(addresses: previous.addresses(of: attachment.containerInterface))
    let wanted = Gateways(configuration, ipam: own).bridgeAddresses
    let missing = wanted.first { address in
      !gatewayAddresses.contains { $0.prefix == address }
    }
    if let missing { return "gateway interface '\(name)' does not have address \(missing)" }
    let families = Set(wanted.map { $0.address.family })
    return GatewayPlan.forwarding.first {
      families.contains($0.family) && !forwarding.contains($0.family)
    }
    .map { "the node does not forward packets: sysctl '\($0.sysctl)' is not 1" }
  }
}
