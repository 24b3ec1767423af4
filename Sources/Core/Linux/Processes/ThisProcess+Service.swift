// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

extension ThisProcess {
  /// The process's arguments, its own name first; empty if /proc is missing.
  ///
  /// Embedded Swift has no `CommandLine`; proc_pid_cmdline(5) terminates each argument with a NUL.
  package static var arguments: [String] {
    guard let text = try? TextFile("/proc/self/cmdline").read(limit: 1 << 20) else { return [] }
    return text.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The host name of the machine or the pod, from its UTS namespace.
  package static var hostname: String? {
    var buffer = [UInt8](repeating: 0, count: 256)
    let result = unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return Int32(-1) }
      return unsafe gethostname(start.assumingMemoryBound(to: CChar.self), bytes.count - 1)
    }
    guard result == 0 else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Drops root and every capability, and the means to gain one by executing a program.
  ///
  /// Root becomes the user and the group with that number. Open sockets stay open.
  /// - Throws: `KernelError`: EPERM for root without CAP_SETUID or CAP_SETGID.
  package static func dropPrivileges(becoming user: UInt32) throws(KernelError) {
    if geteuid() == 0 {
      try SystemCall.run("become", "user \(user)") { setgroups(0, nil) }
      try SystemCall.run("become", "group \(user)") { setresgid(user, user, user) }
      try SystemCall.run("become", "user \(user)") { setresuid(user, user, user) }
    }
    try SystemCall.run("drop", "capabilities") { clinux_drop_capabilities() }
  }

  /// Closes the three streams, which no one reads any more, and leaves the working directory.
  package static func detach() {
    let number = unsafe clinux_open("/dev/null", O_RDWR | O_CLOEXEC, 0)
    guard number >= 0 else { return }
    for stream in 0..<Int32(3) { dup2(number, stream) }
    if number > 2 { close(number) }
    _ = unsafe chdir("/")
  }
}
