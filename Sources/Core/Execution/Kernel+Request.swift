// SPDX-License-Identifier: Apache-2.0

package import CNI
import Linux
import NetworkModel

extension Kernel {
  /// Opens the host's side, and the container's that must be there; or moves the calling thread for
  /// good into the container's.
  /// - Throws: `CNIError` where the path leads to no network namespace.
  package init(containerAt path: String, entering: Bool = false) throws(CNIError) {
    let namespace: NetworkNamespace
    do {
      namespace = try NetworkNamespace(path: path)
    } catch {
      throw CNIError(
        .invalidEnvironment,
        "CNI_NETNS: failed to open netns \(path.inQuotes): \(error.reason)"
      )
    }
    do {
      try self.init(container: namespace, entering: entering)
    } catch {
      throw CNIError(error)
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
      let namespace: NetworkNamespace? =
        if let path { try NetworkNamespace.ifThere(at: path) } else { nil }
      try self.init(container: namespace, entering: entering)
    } catch {
      throw CNIError(error)
    }
  }
}
