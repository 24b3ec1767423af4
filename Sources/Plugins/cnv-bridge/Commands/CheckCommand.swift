// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// One CHECK: compares the kernel's state with what ADD created.
struct CheckCommand {
  private let request: AttachmentRequest
  private let configuration: BridgeConfiguration
  private let bridge: Link?
  private let attachment: Attachment
  private let previous: AddResult
  private let kernel: Kernel

  /// Validates the request and opens both namespaces.
  init(_ request: AttachmentRequest) throws(CNIError) {
    self.request = request
    var configuration = try BridgeConfiguration(request)
    attachment = request.attachment
    previous = try request.requiredPreviousResult()
    kernel = try Kernel(containerAt: try request.requiredNamespacePath())
    bridge = try CNIError.converting(try configuration.findBridge(kernel))
    self.configuration = configuration
  }

  /// Lets IPAM check its part, then compares the rest.
  /// - Throws: `CNIError` that names the first difference.
  func run() throws(CNIError) {
    try request.ipam()?.run(.check)
    guard previous.containerInterface(attachment) != nil else {
      throw CNIError(
        .invalidConfiguration,
        "prevResult has no interface '\(attachment.containerInterface)' with a sandbox"
      )
    }
    let state = try CNIError.converting(try observe())
    if let difference = state.firstDifference(from: configuration, attachment, previous) {
      let details = "found by CHECK of \(attachment.label.text)"
      throw CNIError(.internalFailure, difference, details: details)
    }
  }

  private func observe() throws(KernelError) -> AttachmentObservation {
    var state = AttachmentObservation()
    state.bridge = bridge
    state.containerEnd = try kernel.container?.link(named: attachment.containerInterface)
    state.hostEnd = try kernel.host.link(named: attachment.hostInterface)
    if state.hostEnd == nil { state.hostEnd = try hostEndMadeByGo(state) }
    if let container = kernel.container {
      let file = container.namespace.file.number
      let sandbox = previous.containerInterface(attachment)?.sandbox ?? ""
      let reported = try NetworkNamespace.ifThere(at: sandbox)?.identity
      state.isReportedSandbox = reported == container.namespace.identity
      state.containerNumber = try kernel.host.route.number(ofNamespace: file)
    }
    if let hostEnd = state.hostEnd, configuration.needsVLANFiltering,
      state.bridge?.bridge?.filtersVLANs == true
    {
      state.vlans = try kernel.host.route.vlans(ofPortAt: hostEnd.index)
    }
    try observeAddresses(&state)
    try observeFirewall(&state)
    return state
  }

  /// The peer of an interface created by the Go plugin; its name is random.
  private func hostEndMadeByGo(_ state: AttachmentObservation) throws(KernelError) -> Link? {
    guard let index = state.containerEnd?.peer else { return nil }
    return try kernel.host.route.link(at: index)
  }

  private func observeAddresses(_ state: inout AttachmentObservation) throws(KernelError) {
    guard configuration.hasIPAM else { return }
    if let container = kernel.container, let end = state.containerEnd {
      state.addresses = try container.route.addresses(ofLinkAt: end.index)
      for family in IPFamily.allCases { state.routes += try container.route.routes(family) }
    }
    if let name = configuration.gatewayInterfaceName,
      let gateway = try kernel.host.link(named: name)
    {
      state.gateway = gateway
      if let interface = configuration.gatewayInterface, let bridge = state.bridge?.index {
        state.gatewayFault = try kernel.host.brokenPort(of: interface, gateway, on: bridge)?.fault
      }
      state.gatewayAddresses = try kernel.host.route.addresses(ofLinkAt: gateway.index)
      for (family, sysctl) in GatewayPlan.forwarding where try Sysctl(sysctl).read() == "1" {
        state.forwarding.insert(family)
      }
    }
  }

  private func observeFirewall(_ state: inout AttachmentObservation) throws(KernelError) {
    let masquerades = configuration.masquerades && configuration.hasIPAM
    guard configuration.checksMACSpoofing || masquerades else { return }
    let firewall = try Firewall(kernel)
    if configuration.checksMACSpoofing, let hostEnd = state.hostEnd,
      let mac = state.containerEnd?.mac
    {
      state.filterDifference = try firewall.difference(
        of: SpoofFilter(configuration, attachment, hostEnd.name, mac, on: state.bridge),
        or: GoSpoofFilter(attachment)
      )
    }
    if masquerades {
      let addresses = previous.addresses(of: attachment.containerInterface).map { $0.prefix }
      state.masqueradeDifference = IPMasquerade.difference(
        IPMasquerade.Share(attachment),
        addresses: addresses,
        from: try firewall.masquerade()
      )
      let byGo = GoIPTables(attachment)
      if state.masqueradeDifference != nil, try firewall.leads(to: byGo, from: addresses) {
        state.masqueradeDifference = nil
      }
    }
  }
}
