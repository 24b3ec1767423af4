// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import NetworkModel

/// One ADD in progress: its input, and the journal that undoes its changes.
struct AddCommand {
  var configuration: BridgeConfiguration
  let attachment: Attachment
  let sandbox: String
  let ipam: IPAM?
  let dns: DNS?
  /// The result of the plugins before this one in the chain.
  let previous: AddResult
  let kernel: Kernel
  var journal = Journal()
  /// The MAC of the new host end; it is random, which distinguishes it from a later one.
  var hostMAC: MACAddress?

  /// Validates the request and opens both namespaces; nothing is changed yet.
  init(_ request: AttachmentRequest) throws(CNIError) {
    configuration = try BridgeConfiguration(request)
    let version = request.configuration.version
    guard configuration.hasIPAM || version.canExpressResultWithoutAddresses else {
      throw .resultNeedsAddress(version)
    }
    attachment = request.attachment
    sandbox = try request.requiredNamespacePath()
    ipam = try request.ipam()
    dns = try request.configuration.dns()
    previous = try request.configuration.previousResult() ?? AddResult()
    kernel = try Kernel(containerAt: sandbox)
  }

  /// Makes the attachment and delivers its result; if that fails at any point, undoes everything.
  /// - Throws: `CNIError`, the first failure.
  mutating func run(_ report: (AddResult) throws(CNIError) -> Void) throws(CNIError) {
    do {
      try makeLinks()
      let addresses = try makeAddresses()
      if !configuration.leavesContainerInterfaceDown { try waitForPort() }
      try makeGateway(addresses)
      try report(try result(addresses))
    } catch {
      takeBack()
      throw error
    }
  }

  /// Undoes everything, unless a DEL has done so and another ADD has made the attachment again.
  mutating func takeBack() {
    let found = try? kernel.host.link(named: attachment.hostInterface)
    if let hostMAC, let found, found.mac != hostMAC {
      Log.tolerated("'\(found.name)' now belongs to a later ADD: nothing is undone")
    } else {
      for failure in kernel.rollBack(&journal) { Log.tolerated("\(failure)") }
    }
  }

  /// Performs steps that are undone if this ADD fails later.
  mutating func apply(_ plan: [Step]) throws(CNIError) {
    try CNIError.converting(try kernel.apply(plan, recordingIn: &journal))
  }

  private func result(_ addresses: Gateways) throws(CNIError) -> AddResult {
    let links = try CNIError.converting(try readBack())
    guard links.hostEnd.master == links.bridge.index, links.hostEnd.mac == hostMAC else {
      throw CNIError(
        .internalFailure,
        "host interface '\(links.hostEnd.name)' is not a port of bridge '\(links.bridge.name)'",
        details: "something detached or replaced it after ADD created it"
      )
    }
    return links.result(addresses.result, dns: dns, after: previous)
  }

  /// Reads back what only the kernel knows.
  private func readBack() throws(KernelError) -> BridgeResult {
    guard let container = kernel.container else { preconditionFailure("ADD has a namespace") }
    let gateway: Link? =
      if let interface = configuration.gatewayInterface {
        try kernel.host.existingLink(interface.name)
      } else { nil }
    return BridgeResult(
      bridge: try kernel.host.existingLink(configuration.bridge),
      hostEnd: try kernel.host.existingLink(attachment.hostInterface),
      containerEnd: try container.existingLink(attachment.containerInterface),
      gateway: gateway,
      sandbox: sandbox
    )
  }
}
