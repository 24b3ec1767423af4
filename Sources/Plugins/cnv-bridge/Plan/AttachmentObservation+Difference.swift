// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

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
    return hostEndDifference(configuration)
      ?? containerEndDifference(configuration, attachment, previous)
      ?? vlanDifference(configuration)
      ?? filterDifference
      ?? addressDifference(attachment, previous)
      ?? routeDifference(attachment, previous)
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
      ? LinkConflict.bridgeTagsAreAD(found.name).text.message : nil
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

extension AddResult {
  /// The interface that ADD reported for the container.
  func containerInterface(_ attachment: Attachment) -> Interface? {
    interfaces.first { $0.name == attachment.containerInterface.string && $0.sandbox != nil }
  }
}
