// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Glibc
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
      throw CNIError(opening: path, error)
    }
    do {
      try self.init(container: namespace)
    } catch {
      throw CNIError(error)
    }
  }

  /// Opens the host's side, and the container's as far as there is one.
  ///
  /// A path that leads nowhere, or to a file that is no namespace, is a namespace that is gone.
  /// - Throws: `CNIError` where netlink itself is out of reach.
  init(containerIfThereAt path: String?) throws(CNIError) {
    do {
      if let path, let namespace = try? NetworkNamespace(path: path) {  // gone is no failure
        try self.init(container: namespace)
      } else {
        try self.init(container: nil)
      }
    } catch {
      throw CNIError(error)
    }
  }
}

extension Side {
  /// Returns a link that must exist.
  /// - Throws: `KernelError`, ENODEV where it does not.
  func existingLink(_ name: InterfaceName) throws(KernelError) -> Link {
    guard let link = try link(named: name) else {
      throw KernelError(errno: ENODEV, operation: "find", object: "interface '\(name)'")
    }
    return link
  }
}

extension CNIError {
  fileprivate init(opening path: String, _ error: NetworkNamespace.OpenError) {
    switch error {
    case .missing(let error), .failed(let error):
      self.init(
        .invalidEnvironment,
        "failed to open netns \(path.inQuotes): \(error.reason)",
        details: "from CNI_NETNS"
      )
    case .notANamespace:
      self.init(
        .invalidEnvironment,
        "failed to open netns \(path.inQuotes): not a network namespace",
        details: "from CNI_NETNS"
      )
    }
  }
}
