// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel

extension Kernel {
  /// Opens the host's side, and the pod's that must be there.
  /// - Throws: `CNIError` where the path leads to no network namespace.
  init(podAt path: String) throws(CNIError) {
    let namespace: NetworkNamespace
    do {
      namespace = try NetworkNamespace(path: path)
    } catch {
      throw CNIError(opening: path, error)
    }
    do {
      try self.init(container: namespace)
    } catch {
      throw CNIError(refused: error)
    }
  }
}

extension Attachment {
  /// The attachment that a request is about.
  init(_ request: AttachmentRequest) {
    self.init(
      network: request.configuration.name,
      containerID: request.containerID,
      containerInterface: request.interfaceName
    )
  }

  /// The text that names this attachment on its kernel objects.
  var label: String { label(of: MasqueradePlugin.labelName) }
}
