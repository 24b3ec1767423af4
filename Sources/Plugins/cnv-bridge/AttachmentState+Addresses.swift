// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

extension AttachmentState {
  /// The first address of ADD's result that the container interface lacks.
  func addressDifference(_ attachment: Attachment, _ previous: AddResult) -> String? {
    let name = "container interface '\(attachment.containerInterface)'"
    let missing = previous.addresses(of: attachment.containerInterface).first { address in
      !addresses.contains { $0.prefix == address.prefix }
    }
    if let missing { return "\(name) does not have address \(missing.prefix)" }
    let duplicate = addresses.first { $0.isDuplicate }
    return duplicate.map { "\(name) has address \($0.prefix) that another host has too" }
  }

  /// The first route of ADD's result that the container lacks.
  func routeDifference(_ attachment: Attachment, _ previous: AddResult) -> String? {
    let interface = attachment.containerInterface
    // Without addresses there are no routes of this plugin's: they are another's.
    guard !previous.addresses(of: attachment.containerInterface).isEmpty else { return nil }
    let missing = previous.routes.map { Route($0, interface, previous) }.first { route in
      !routes.contains { $0.fulfils(route, through: containerEnd?.index) }
    }
    guard let missing else { return nil }
    let gateway = missing.gateway.map { " via \($0)" } ?? ""
    return "the container has no route to \(missing.destination)\(gateway) through '\(interface)'"
  }

  /// The first gateway address that the bridge or the VLAN's gateway interface lacks.
  func gatewayDifference(
    _ configuration: BridgeConfiguration,
    _ previous: AddResult
  ) -> String? {
    guard let name = configuration.gatewayInterfaceName else { return nil }
    guard let gateway else { return "gateway interface '\(name)' does not exist" }
    if !gateway.isUp { return "gateway interface '\(name)' is down" }
    let wanted = Gateways(configuration, ipam: previous).bridgeAddresses
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
