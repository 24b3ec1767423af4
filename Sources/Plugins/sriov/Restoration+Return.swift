// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

extension Restoration {
  /// Moves the interface to the host, under its own name unless somebody has taken that.
  mutating func takeHome() throws(KernelError) {
    guard record.original.interface != nil, observation.link != nil else { return }
    for name in RestorationPlan.names(record.original, observation) {
      guard let link = observation.link else { return }
      if observation.place == .host, link.name == name { return }
      do {
        for step in RestorationPlan.returnSteps(record.original, observation, as: name) {
          try kernel.perform(step)
        }
        observation.arrived(as: name)
        return reportNewName()
      } catch {
        guard error.isAlreadyThere else { throw error }
        // It may have been moved without getting the name.
        try observe()
        if observation.link == nil { _ = try findInContainer() }
      }
    }
    throw KernelError(
      errno: EEXIST,
      operation: "give a name to",
      object: "VF '\(record.address)'"
    )
  }

  private func reportNewName() {
    guard let original = record.original.interface?.name, let present = observation.link?.name,
      original != present
    else { return }
    Log.tolerated(
      "interface name taken",
      ["name": original.string, "vf": record.address.text, "instead": present.string]
    )
  }

  /// Restores the addresses and looks whether they are what they were: drivers may accept one and
  /// keep another.
  mutating func restoreMAC() throws(CNIError) {
    guard RestorationPlan.changesMAC(record.original, observation) else { return }
    let restoration = MACRestoration(
      original: record.original,
      kernel: kernel,
      observation: observation
    )
    failures += restoration.run()
    guard failures.isEmpty else { return }
    do {
      try observe()
    } catch {
      throw CNIError(error, details: record.remedy)
    }
    guard let settings = record.original.settings, let present = observation.settings else {
      return
    }
    let missing = VFChange(everythingOf: settings).missing(in: present)
    guard missing.isEmpty else {
      throw CNIError(
        .internalFailure,
        "cannot restore VF '\(record.address)': \(missing) is not in force",
        details: record.remedy
      )
    }
  }
}
