// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

extension AddCommand {
  /// Applies the settings and moves the interface; the record is updated as needed.
  func handOver(_ observation: VFObservation, _ record: inout AllocationRecord) throws(CNIError) {
    if let link = observation.link, let mac = configuration.mac {
      try setAddress(mac, of: link, observation, &record)
    } else {
      try makeSettings(HandoverPlan.settingSteps(configuration, observation), observation)
    }
    guard let link = observation.link else { return }
    try apply(
      HandoverPlan.moveSteps(
        link,
        as: attachment.containerInterface,
        setsUp: !configuration.hasIPAM
      )
    )
  }

  func apply(_ steps: [Step]) throws(CNIError) {
    try CNIError.converting(try kernel.persist(inOrder: steps))
  }

  private func makeSettings(_ steps: [Step], _ observation: VFObservation) throws(CNIError) {
    do {
      try kernel.persist(inOrder: steps)
    } catch {
      throw settingFailure(error, observation)
    }
  }

  /// Names which of several settings in one message was refused: the first that is not in force.
  private func settingFailure(_ error: KernelError, _ observation: VFObservation) -> CNIError {
    let wanted = HandoverPlan.missingSettings(configuration, observation)
    guard let physical = observation.physicalInterface, let index = observation.settings?.index,
      let present = try? kernel.settings(of: index, through: physical),  // the error is enough
      let refused = wanted.single.first(where: { !$0.missing(in: present).isEmpty })
    else { return CNIError(error) }
    let words = LinkOperation.changeVF(index, of: physical, [refused]).words
    let exact = KernelError(
      errno: error.errno,
      kernelText: error.kernelText,
      operation: words.verb,
      object: words.object
    )
    return CNIError(exact, details: Self.remedy(refused, error.number))
  }

  private static func remedy(_ refused: VFChange, _ number: KernelError.Number?) -> String {
    if number == .notSupported || number == .protocolNotSupported {
      return "the PF's driver does not have this setting: leave it out of the configuration"
    }
    if refused.rate != nil {
      return "some drivers take a limit only while the PF's link is up, and no guaranteed rate"
    }
    return ""
  }

  // MARK: The address

  /// Sets the interface's and the administrative address, in the first way that the drivers accept.
  private func setAddress(
    _ mac: MACAddress,
    of link: Link,
    _ observation: VFObservation,
    _ record: inout AllocationRecord
  ) throws(CNIError) {
    var change = HandoverPlan.missingSettings(configuration, observation)
    if link.mac == mac {
      change.mac = mac
      return try makeSettings(observation.settingSteps([change]), observation)
    }
    guard let settings = observation.settings, let physical = observation.physicalInterface else {
      preconditionFailure("an address that nobody can lock")
    }
    var firstFailure: KernelError?
    for recipe in MACRecipe.allCases {
      let steps = recipe.steps(
        mac,
        interface: link.name,
        of: settings,
        physical: physical,
        change: change
      )
      do {
        try kernel.persist(inOrder: steps)
        if try hasAddress(mac, link.index) { return }
      } catch {
        firstFailure = firstFailure ?? error
      }
      if recipe == .own, let firstFailure {
        // If another setting is refused, it is refused in every way.
        let failure = settingFailure(firstFailure, observation)
        if firstFailure.operation != steps[0].operation.words.verb { throw failure }
        record.original.isMACLocked = true
        try write(record)
      }
    }
    let words = LinkOperation.changeLink(link.name, LinkChange(mac: mac)).words
    throw CNIError(
      firstFailure
        ?? KernelError(.addressNotAvailable, operation: words.verb, object: words.object),
      details: "neither the VF's nor the PF's driver accepts the address"
    )
  }

  /// Waits for drivers that ask their PF first and report once it has answered.
  private func hasAddress(_ mac: MACAddress, _ index: Int32) throws(KernelError) -> Bool {
    let host = kernel.host
    if try host.route.link(at: index)?.mac == mac { return true }
    return try RouteEvents(.links).wait(milliseconds: 2000) { () throws(KernelError) in
      try host.route.link(at: index)?.mac == mac
    }
  }
}
