// SPDX-License-Identifier: Apache-2.0

extension NetworkNamespace {
  /// Opens the namespace with an identity through any process in it, or returns nil.
  ///
  /// The namespace's path may be gone while a process still keeps it alive.
  package static func find(_ identity: Identity) -> NetworkNamespace? {
    let processes = (try? Folder.names(in: "/proc")) ?? []
    for process in processes where process.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      let path = "/proc/\(process)/ns/net"
      guard (try? Folder.inode(of: path)) == identity.inode else { continue }
      // A process may end or move meanwhile: only the identity of the opened file counts.
      guard let namespace = try? NetworkNamespace(path: path) else { continue }
      if namespace.identity == identity { return namespace }
    }
    return nil
  }
}
