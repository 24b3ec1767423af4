// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

/// One CHECK: compares the kernel's state with what ADD created.
struct CheckCommand {
  private let request: AttachmentRequest
  private let configuration: SRIOVConfiguration
  private let attachment: Attachment
  private let previous: AddResult
  private let node = Node()
  private let kernel: Kernel

  /// Validates the request and opens both namespaces.
  init(_ request: AttachmentRequest) throws(CNIError) {
    self.request = request
    configuration = try SRIOVConfiguration(request)
    attachment = request.attachment
    previous = try request.requiredPreviousResult()
    kernel = try Kernel(containerAt: try request.requiredNamespacePath())
  }

  /// Compares, then lets IPAM check its part.
  /// - Throws: `CNIError` that names the first difference.
  func run() throws(CNIError) {
    let state = try CNIError.converting(try observe())
    if let difference = state.firstDifference(from: configuration, previous) {
      throw CNIError(.internalFailure, difference, details: "found by CHECK of \(attachment)")
    }
    try request.ipam()?.run(.check)
  }

  private func observe() throws(KernelError) -> AttachmentObservation {
    var state = AttachmentObservation(attachment: attachment)
    state.record = try node.store.record(of: attachment)
    let reported = previous.containerInterface(attachment)?.pciID.flatMap { PCIAddress($0) }
    if let address = state.record?.address ?? configuration.device ?? reported {
      state.observation = try node.observe(address, on: kernel.host)
    }
    guard let container = kernel.container else { return state }
    state.namespace = .init(container, path: request.namespacePath ?? "")
    state.link = try container.link(named: attachment.containerInterface)
    if let link = state.link, configuration.hasIPAM {
      state.addresses = try container.route.addresses(ofLinkAt: link.index)
      for family in IPFamily.allCases { state.routes += try container.route.routes(family) }
    }
    return state
  }
}
