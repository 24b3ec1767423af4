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

  /// Whether an error says that this kernel lacks the setting: without /proc/sys, or with another
  /// file system in its place, nobody knows.
  private func isLacking(_ error: KernelError) -> Bool {
    guard error.errno == ENOENT else { return false }
    return unsafe access("/proc/sys/net", F_OK) == 0
  }

  /// Returns the value without the newline, or nil where this kernel has no such setting.
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

  /// The kernel hands a value over in one read.
  private func value(in file: borrowing FileDescriptor) throws(KernelError) -> String {
    let bytes = try file.readAtStart(limit: 256, describedAs: "sysctl '\(key)'")
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Writes the value unless it is that already.
  /// - Throws: `KernelError`; ENOENT where this kernel has no such setting and it must be there.
  package func set(to value: String, ifPresent: Bool) throws(KernelError) {
    let file: FileDescriptor
    do {
      file = try FileDescriptor(opening: path, O_RDWR)
    } catch {
      if ifPresent, isLacking(error) { return }
      // Where /proc/sys is read-only, a value that is as wanted needs no writing.
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
