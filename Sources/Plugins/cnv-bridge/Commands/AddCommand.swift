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
    try request.configuration.version.judge(hasAddresses: configuration.hasIPAM)
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

  /// Returns the links as the kernel has them: only it knows all about them.
  private func result(_ gateways: Gateways) throws(CNIError) -> AddResult {
    let gateway = try configuration.gatewayInterface.map { interface throws(CNIError) in
      try hostLink(interface.name)
    }
    let bridge = try hostLink(configuration.bridge)
    let hostEnd = try hostLink(attachment.hostInterface)
    guard let container = kernel.container else { preconditionFailure("ADD has a namespace") }
    let name = attachment.containerInterface
    let containerEnd = try CNIError.converting(try container.existingLink(name))
    guard hostEnd.master == bridge.index, hostEnd.mac == hostMAC else {
      throw CNIError(
        .internalFailure,
        "host interface '\(hostEnd.name)' is not a port of bridge '\(bridge.name)'",
        details: "something detached or replaced it after ADD created it"
      )
    }
    var interfaces = [bridge, hostEnd].map { AddResult.Interface($0) }
    interfaces.append(AddResult.Interface(containerEnd, in: sandbox))
    if let gateway { interfaces.append(AddResult.Interface(gateway)) }
    let position = Gateways.containerPosition
    return previous.appending(interfaces, gateways.result, at: position, dns: dns)
  }

  private func hostLink(_ name: InterfaceName) throws(CNIError) -> Link {
    try CNIError.converting(try kernel.host.existingLink(name))
  }
}
