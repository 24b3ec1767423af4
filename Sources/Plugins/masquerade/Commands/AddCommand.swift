// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// One ADD: validates, looks, decides, and only then changes anything.
struct AddCommand {
  let request: AttachmentRequest
  let configuration: MasqueradeConfiguration
  let attachment: Attachment
  let previous: AddResult
  private let sandbox: String
  let kernel: Kernel

  /// Validates the request and enters the pod's namespace; nothing is changed yet.
  init(_ request: AttachmentRequest) throws(CNIError) {
    configuration = try MasqueradeConfiguration(request)
    previous = try request.configuration.previousResult() ?? AddResult()
    try request.configuration.version.judge(hasAddresses: !previous.addresses.isEmpty)
    self.request = request
    attachment = request.attachment
    sandbox = try request.requiredNamespacePath()
    kernel = try Kernel(containerAt: sandbox, entering: true)
  }

  /// Puts the VM behind the pod's addresses and delivers the result; undoes everything on failure.
  ///
  /// An object that ADD conflicts with is left alone: it may belong to this very attachment.
  /// - Throws: `CNIError`, the first failure.
  func run(_ report: (AddResult) throws(CNIError) -> Void) throws(CNIError) {
    // The pod's original state is only known while no other attachment of the pod changes it.
    let lock = try CNIError.refused(try kernel.lock(.exclusive))
    defer { extendLifetime(lock) }
    let stated = previous.addresses(of: configuration.podInterface).filter { $0.interface != nil }
    let observation = try CNIError.refused(
      try PodObservation(configuration, kernel, attachment, stated: stated.map { $0.prefix })
    )
    let plan: [Step]
    do {
      plan = try PodPlan.steps(configuration, observation, attachment)
    } catch {
      throw CNIError(error)
    }
    do {
      try CNIError.refused(try kernel.perform(inOrder: plan))
      let concerned =
        observation.podAddresses.map { RulePlan.host($0) }
        + observation.families.map { configuration.network($0) }
      kernel.forgetConnections(touching: concerned)
      if let service = configuration.addressService { try startAddressService(service) }
      try report(try result())
    } catch {
      takeBack()
      throw error
    }
  }

  /// DEL finds everything an ADD has done, wherever it stopped.
  private func takeBack() {
    do {
      try DelCommand(attachment, kernel).run(isLocked: true)
    } catch {
      Log.tolerated(error.message)
    }
  }

  /// Returns the previous plugin's result with bridge and tap appended.
  ///
  /// Nothing else changes, so that its indices stay valid. The VM's addresses are not included,
  /// since runtimes would publish them as the pod's.
  private func result() throws(CNIError) -> AddResult {
    // Only the kernel knows the tap's address.
    let tap = try CNIError.refused(try certain(kernel.container).existingLink(configuration.tap))
    var result = previous
    for (name, mac) in [(configuration.bridge, configuration.bridgeMAC), (tap.name, tap.mac)] {
      result.interfaces.append(
        AddResult.Interface(name: name.string, mac: mac, mtu: tap.mtu, sandbox: sandbox)
      )
    }
    return result
  }
}

extension Kernel {
  /// Removes tracked connections affected by new or removed rules; best effort.
  func forgetConnections(touching networks: [IPPrefix]) {
    do {
      try forgetConnections(touching: networks, in: .container)
    } catch {
      Log.tolerated("\(error)")
    }
  }
}
