// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux
import NetworkModel
import Nftables

/// One STATUS: asks the kernel for the features ADD needs.
struct StatusCommand {
  private let configuration: MasqueradeConfiguration

  /// Validates the configuration.
  init(_ request: NetworkRequest) throws(CNIError) {
    configuration = try MasqueradeConfiguration(request.configuration, chainedTo: nil)
  }

  /// Opens the tap device file and has the kernel check a ruleset.
  /// - Throws: `CNIError` with code 50 that names what is missing.
  func run() throws(CNIError) {
    try CNIError.converting(
      to: .notAvailable,
      details: "the kernel needs TUN",
      try TapDevice.probe()
    )
    let note = PodNote(IPFamily.allCases)
    let ruleset = Ruleset(configuration, note, label: "status")
    try CNIError.converting(
      to: .notAvailable,
      details: "the kernel needs nf_tables with nat, ct and sets of intervals",
      try RulesetSocket().check(ruleset.transaction)
    )
  }
}
