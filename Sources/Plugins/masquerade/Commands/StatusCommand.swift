// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
import Linux
import NetworkModel
import Nftables

/// One STATUS: asks the kernel for the features ADD needs.
struct StatusCommand {
  let request: NetworkRequest

  /// Validates the configuration, opens the tap device file and has the kernel check a ruleset.
  /// - Throws: `CNIError` with `notAvailable`, or with the configuration's errors.
  func run() throws(CNIError) {
    let configuration = try MasqueradeConfiguration(request.configuration, chainedTo: nil)
    do {
      _ = try FileDescriptor(opening: TapDevice.path, O_RDWR)
    } catch {
      throw CNIError(error, code: .notAvailable, details: "the kernel needs TUN")
    }
    let note = PodNote(IPFamily.allCases)
    let ruleset = Ruleset(configuration, note, label: "status")
    do {
      try RulesetSocket().check(ruleset.transaction)
    } catch {
      throw CNIError(
        error,
        code: .notAvailable,
        details: "the kernel needs nf_tables with nat, ct and sets of intervals"
      )
    }
  }
}
