// SPDX-License-Identifier: Apache-2.0

package import CNI
import Linux
import NetworkModel

extension Kernel {
  /// Opens the host's side, and the container's that must be there; or moves the calling thread for
  /// good into the container's.
  /// - Throws: `CNIError` where the path leads to no network namespace.
  package init(containerAt path: String, entering: Bool = false) throws(CNIError) {
    let namespace = try Self.namespace(at: path)
    do {
      if entering {
        try self.init(entering: namespace)
      } else {
        try self.init(container: namespace)
      }
    } catch {
      throw CNIError(error)
    }
  }

  private static func namespace(at path: String) throws(CNIError) -> NetworkNamespace {
    do {
      return try NetworkNamespace(path: path)
    } catch {
      throw CNIError(
        .invalidEnvironment,
        "CNI_NETNS: failed to open netns \(path.inQuotes): \(error.reason)"
      )
    }
  }

  /// Opens the host's side, and the container's where there is one; or moves the calling thread for
  /// good into that.
  ///
  /// A path that leads nowhere, or to a file that is no namespace, is a namespace that is gone. One
  /// that cannot be opened for any other reason may still hold the attachment.
  /// - Throws: `CNIError` where netlink or the namespace is out of reach.
  package init(containerIfThereAt path: String?, entering: Bool = false) throws(CNIError) {
    do {
      guard let path, let namespace = try NetworkNamespace.ifThere(at: path) else {
        try self.init(container: nil)
        return
      }
      if entering {
        try self.init(entering: namespace)
      } else {
        try self.init(container: namespace)
      }
    } catch {
      throw CNIError(error)
    }
  }
}
