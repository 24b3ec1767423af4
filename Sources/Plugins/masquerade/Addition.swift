// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// One ADD in progress: what it has to do, and what takes back what it has done.
struct Addition {
  let request: AttachmentRequest
  let configuration: MasqueradeConfiguration
  let attachment: Attachment
  let previous: AddResult
  private let sandbox: String
  let kernel: Kernel
  var journal = Journal()

  /// Judges the request and enters the pod's namespace; nothing is changed yet.
  /// - Throws: `CNIError`.
  init(_ request: AttachmentRequest) throws(CNIError) {
    configuration = try MasqueradeConfiguration(request)
    previous = try request.configuration.previousResult() ?? AddResult()
    let version = request.configuration.version
    guard !previous.addresses.isEmpty || version.canExpressResultWithoutAddresses else {
      throw .resultNeedsAddress(version)
    }
    self.request = request
    attachment = request.attachment
    sandbox = try request.requiredNamespacePath()
    kernel = try Kernel(enteringContainerAt: sandbox)
  }

  /// Puts the VM behind the pod's addresses; where that fails at any point, nothing of it is left.
  /// - Throws: `CNIError`, the first failure.
  mutating func run() throws(CNIError) -> AddResult {
    do {
      try makeLinksAndRules()
      if let service = configuration.addressService { try startAddressService(service) }
      return try result()
    } catch {
      for failure in kernel.rollBack(&journal) { Log.tolerated("\(failure)") }
      throw error
    }
  }

  private mutating func makeLinksAndRules() throws(CNIError) {
    let plan: [Step]
    let observation: PodObservation
    do {
      observation = try PodObservation(
        configuration,
        kernel,
        stated: previous.addresses(ofPodInterface: configuration.podInterface)
      )
    } catch {
      throw CNIError(refused: error)
    }
    do {
      plan = try PodPlan.steps(configuration, observation, label: attachment.label.text)
    } catch {
      throw CNIError(error)
    }
    do {
      try kernel.apply(plan, recordingIn: &journal)
    } catch {
      throw CNIError(refused: error)
    }
    let concerned =
      observation.podAddresses.map { RulePlan.host($0) }
      + observation.families.map { configuration.network($0) }
    kernel.forgetConnections(touching: concerned)
  }

  /// Reads back what only the kernel knows: the tap's address.
  private func result() throws(CNIError) -> AddResult {
    guard let pod = kernel.container else { preconditionFailure("it was opened") }
    do {
      let tap = try pod.existingLink(configuration.tap)
      return MasqueradeResult(configuration, tap: tap, sandbox: sandbox).appended(to: previous)
    } catch {
      throw CNIError(refused: error)
    }
  }
}

extension Kernel {
  /// Removes tracked connections that rules have come or gone for; they are no part of the promise.
  func forgetConnections(touching networks: [IPPrefix]) {
    do {
      try forgetConnections(touching: networks, in: .container)
    } catch {
      Log.tolerated("\(error)")
    }
  }
}
