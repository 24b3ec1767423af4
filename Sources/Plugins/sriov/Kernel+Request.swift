// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel

extension Kernel {
  /// Opens the host's side, and the container's that must be there.
  /// - Throws: `CNIError` where the path leads to no network namespace.
  init(containerAt path: String) throws(CNIError) {
    let namespace: NetworkNamespace
    do {
      namespace = try NetworkNamespace(path: path)
    } catch {
      let reason =
        switch error {
        case .missing(let error), .failed(let error): error.reason
        case .notANamespace: "not a network namespace"
        }
      throw CNIError(
        .invalidEnvironment,
        "failed to open netns \(path.inQuotes): \(reason)",
        details: "from CNI_NETNS"
      )
    }
    do {
      try self.init(container: namespace)
    } catch {
      throw CNIError(error)
    }
  }
}
