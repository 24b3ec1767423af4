// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

extension AttachmentObservation {
  /// The first address of ADD's result that the container interface lacks.
  func addressDifference(_ attachment: Attachment, _ previous: AddResult) -> String? {
    let name = "container interface '\(attachment.containerInterface)'"
    let missing = previous.addresses(of: attachment.containerInterface).first { address in
      !addresses.contains { $0.prefix == address.prefix }
    }
    if let missing { return "\(name) does not have address \(missing.prefix)" }
    let duplicate = addresses.first { $0.isDuplicate }
    return duplicate.map { "\(name) has address \($0.prefix) which another host also has" }
  }

  /// The first route of ADD's result that the container lacks.
  func routeDifference(_ attachment: Attachment, _ previous: AddResult) -> String? {
    let interface = attachment.containerInterface
    // Routes that do not use this attachment's addresses belong to other plugins of the chain.
    let own = AddResult(addresses: previous.addresses(of: interface))
    let others = previous.interfaces.filter { $0.sandbox != nil && $0.name != interface.string }
    let promise = previous.routes.first { promise in
      let isOwn = own.addresses.contains { address in
        promise.gateway.map { $0 == address.gateway || address.prefix.contains($0) } ?? true
      }
      return isOwn && !isKept(promise, promise.resolved(in: own), elsewhere: !others.isEmpty)
    }
    guard let missing = promise?.resolved(in: own) else { return nil }
    let gateway = missing.gateway.map { " via \($0)" } ?? ""
    return "the container has no route to \(missing.destination)\(gateway) through '\(interface)'"
  }

  /// Whether a route exists: through this attachment, or, since the result does not say whose it
  /// is, through another plugin's interface.
  private func isKept(_ promise: Route, _ own: Route, elsewhere: Bool) -> Bool {
    routes.filter { $0.isLike(own) }.flatMap { $0.hops }.contains { hop in
      hop.interface == containerEnd?.index
        ? hop.gateway == own.gateway
        : elsewhere && promise.gateway.map { $0 == hop.gateway } ?? true
    }
  }

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
