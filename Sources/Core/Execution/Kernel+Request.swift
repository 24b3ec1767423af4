// SPDX-License-Identifier: Apache-2.0

package import CNI
import Linux
import NetworkModel

extension Kernel {
  /// Opens the host's side, and the container's, which must exist; or moves the calling thread into
  /// the container's permanently.
  /// - Throws: `CNIError` if the path does not lead to a network namespace.
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

  /// Opens the host's side, and the container's if it exists; or moves the calling thread into that
  /// permanently.
  ///
  /// A path to nothing, or to a file that is not a namespace, counts as a namespace that is gone.
  /// One that cannot be opened for any other reason may still hold the attachment.
  /// - Throws: `CNIError` if netlink or the namespace is unavailable.
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
