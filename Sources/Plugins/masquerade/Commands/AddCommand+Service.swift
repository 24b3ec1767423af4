// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel

extension MasqueradeConfiguration {
  /// The keys of CNI_ARGS that ADD and CHECK know.
  static let arguments = [podName]

  fileprivate static let podName = "K8S_POD_NAME"
}

extension AddCommand {
  /// Starts the VM's address service in the pod's namespace, if the configuration asks for it.
  func startAddressService(_ service: AddressServiceConfiguration) throws(CNIError) {
    let options = AddressServiceOptions(
      service,
      bridge: configuration.bridge,
      network: try request.configuration.dns(),
      previous: previous.dns,
      pod: request.arguments[MasqueradeConfiguration.podName]
    )
    let output: String?
    do {
      // Left by an interrupted ADD; a service in use has its bridge, for which ADD fails.
      try AddressServiceRecord.end(attachment)
      output = try kernel.run(in: .container) { () throws(KernelError) in
        try LastingProcess.startSelf(
          arguments: ["masquerade", "dhcp"] + options.words,
          withinMilliseconds: 5000
        ) { process throws(KernelError) in
          try AddressServiceRecord(process).keep(attachment)
        }
      }
    } catch {
      throw CNIError(refused: error)
    }
    if let output {
      throw CNIError(
        .internalFailure,
        "the VM's address service did not start: \(output.onOneLine)"
      )
    }
  }
}
