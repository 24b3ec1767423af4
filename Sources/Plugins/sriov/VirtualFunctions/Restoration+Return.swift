// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

extension Restoration {
  /// Moves the interface to the host, under its own name unless that is taken.
  ///
  /// Alternative names set by the container stay behind: the host may have interfaces of these
  /// names, and a move would then fail (EEXIST). So do its own if they conflict.
  mutating func takeHome() throws(KernelError) {
    guard let original = record.original.interface, observation.link != nil else { return }
    try strip(keeping: original.alternativeNames)
    var isBare = false
    var names = RestorationPlan.names(record.original, observation)[...]
    while let name = names.first {
      guard let link = observation.link else { return }
      if observation.place == .host, link.name == name { return }
      do {
        for step in RestorationPlan.returnSteps(record.original, observation, as: name) {
          try kernel.persist(in: step)
        }
        observation.arrived(as: name)
        return reportNewName()
      } catch {
        guard error.isAlreadyThere else { throw error }
      }
      // It may have been moved without being renamed.
      guard try observe() else { return }
      if observation.link == nil { _ = try findInContainer() }
      if isBare { names = names.dropFirst() }
      isBare = true
      try strip(keeping: [])
    }
    throw KernelError(
      errno: EEXIST,
      operation: "give a name to",
      object: "VF '\(record.address)'"
    )
  }

  /// Removes the alternative names that are not kept.
  ///
  /// A list so long that it has lost the upper bits of its length is read in parts.
  private mutating func strip(keeping kept: [AlternativeName]) throws(KernelError) {
    let place = observation.place
    for _ in 1...8 {
      guard let link = observation.link else { return }
      let others = link.alternativeNames.filter { !kept.contains($0) }
      guard !others.isEmpty else { return }
      perform(others.map { Step(place, .removeAlternativeName(link.name, $0)) })
      let side = place == .host ? kernel.host : kernel.container
      observation.link = try side?.route.link(at: link.index)
    }
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
}
