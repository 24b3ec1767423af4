// SPDX-License-Identifier: Apache-2.0

import CLibc
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

  /// Whether an error says that this kernel lacks the setting: if /proc/sys is missing or another
  /// file system is in its place, that is unknown.
  private func isLacking(_ error: KernelError) -> Bool {
    guard error.errno == ENOENT else { return false }
    return unsafe access("/proc/sys/net", F_OK) == 0
  }

  /// Returns the value without the newline, or nil if this kernel has no such setting.
  package func read() throws(KernelError) -> String? {
    let file: FileDescriptor
    do {
      file = try FileDescriptor(opening: path, O_RDONLY)
    } catch {
      guard isLacking(error) else { throw error }
      return nil
    }
    return try value(in: file)
  }

  /// Opens an interface's setting, which can be read until the interface is gone or has another name,
  /// whatever gets its name and its index then (`proc_sys_call_handler` in the kernel, ENOENT).
  package func opened() throws(KernelError) -> FileDescriptor {
    try FileDescriptor(opening: path, O_RDONLY)
  }

  /// The kernel returns a value in one read.
  private func value(in file: borrowing FileDescriptor) throws(KernelError) -> String {
    let bytes = try file.readAtStart(limit: 256, describedAs: "sysctl '\(key)'")
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Writes the value unless it is already set.
  /// - Throws: `KernelError`; ENOENT if this kernel lacks the setting and it is required.
  package func set(to value: String, ifPresent: Bool) throws(KernelError) {
    let file: FileDescriptor
    do {
      file = try FileDescriptor(opening: path, O_RDWR)
    } catch {
      if ifPresent, isLacking(error) { return }
      // If /proc/sys is read-only, a value that is already right needs no writing.
      if error.errno != ENOENT, (try? read()) == value { return }
      throw refusal(of: value, error)
    }
    guard try self.value(in: file) != value else { return }
    do {
      try file.write(value.utf8, describedAs: "")
    } catch {
      throw refusal(of: value, error)
    }
  }

  private func refusal(of value: String, _ error: KernelError) -> KernelError {
    KernelError(errno: error.errno, operation: "set", object: "sysctl '\(key)' to '\(value)'")
  }
}
