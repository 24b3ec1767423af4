// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import Nftables

/// One CHECK: compares the pod with what ADD created.
struct CheckCommand {
  private let configuration: MasqueradeConfiguration
  private let attachment: Attachment
  private let previous: AddResult
  private let kernel: Kernel

  /// Validates the request and enters the pod's namespace.
  init(_ request: AttachmentRequest) throws(CNIError) {
    attachment = request.attachment
    previous = try request.requiredPreviousResult()
    configuration = try MasqueradeConfiguration(checking: request, previous)
    kernel = try Kernel(containerAt: try request.requiredNamespacePath(), entering: true)
  }

  /// Compares.
  /// - Throws: `CNIError` that names the first difference.
  func run() throws(CNIError) {
    if let difference = try CNIError.refused(try firstDifference()) {
      throw CNIError(.differs, difference, details: "found by CHECK of \(attachment.label.text)")
    }
  }

  private func firstDifference() throws(KernelError) -> String? {
    let state = try AttachmentObservation(configuration, kernel)
    let label = attachment.label.text
    if let found = state.firstDifference(from: configuration, previous, label: label) {
      return found
    }
    guard configuration.addressService != nil else { return nil }
    let isAlive = try AddressServiceRecord.find(attachment)?.process.isAlive() ?? false
    return isAlive ? nil : "the VM's address service is not running"
  }
}
