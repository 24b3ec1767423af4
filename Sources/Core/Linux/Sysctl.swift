// SPDX-License-Identifier: Apache-2.0

import Glibc
package import NetworkModel

/// A kernel setting below `/proc/sys`, in the namespace of the calling thread.
package struct Sysctl: Hashable, Sendable {
  /// The path below `/proc/sys`, such as `net/ipv4/ip_forward`.
  package let key: String

  /// Names a setting by its path below `/proc/sys`.
  package init(_ key: String) {
    self.key = key
  }

  private var path: String { "/proc/sys/\(key)" }

  /// Returns the value without the newline, or nil where this kernel has no such setting.
  /// - Throws: `KernelError`.
  package func read() throws(KernelError) -> String? {
    let file: FileDescriptor
    do {
      file = try FileDescriptor(opening: path, O_RDONLY)
    } catch {
      guard error.errno == ENOENT else { throw error }
      return nil
    }
    let bytes = try file.read(limit: 4096, describedAs: "sysctl '\(key)'")
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Writes the value.
  /// - Throws: `KernelError`; ENOENT where this kernel has no such setting.
  package func write(_ value: String) throws(KernelError) {
    let file: FileDescriptor
    do {
      file = try FileDescriptor(opening: path, O_WRONLY | O_TRUNC)
    } catch {
      throw KernelError(
        errno: error.errno,
        operation: "set",
        object: "sysctl '\(key)' to '\(value)'"
      )
    }
    try file.write(value.utf8, describedAs: "sysctl '\(key)'")
  }
}
