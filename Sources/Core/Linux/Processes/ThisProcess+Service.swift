// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

extension ThisProcess {
  /// The words that the process was started with, its own name first; none where /proc is missing.
  ///
  /// Embedded Swift has no `CommandLine`; proc_pid_cmdline(5) ends each word with a null byte.
  package static var arguments: [String] {
    guard let text = try? TextFile("/proc/self/cmdline").read(limit: 1 << 20) else { return [] }
    return text.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The name of the machine or of the pod, as its UTS namespace has it.
  package static var hostname: String? {
    var buffer = [UInt8](repeating: 0, count: 256)
    let result = unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return Int32(-1) }
      return unsafe gethostname(start.assumingMemoryBound(to: CChar.self), bytes.count - 1)
    }
    guard result == 0 else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Gives up root and every capability, and the means to gain one by executing a program.
  ///
  /// Root becomes the user and the group of that number. Sockets that are open stay open.
  /// - Throws: `KernelError`: EPERM for a root without CAP_SETUID or CAP_SETGID.
  package static func dropPrivileges(becoming user: UInt32) throws(KernelError) {
    if geteuid() == 0 {
      try SystemCall.run("become", "user \(user)") { setgroups(0, nil) }
      try SystemCall.run("become", "group \(user)") { setresgid(user, user, user) }
      try SystemCall.run("become", "user \(user)") { setresuid(user, user, user) }
    }
    try SystemCall.run("drop", "capabilities") { clinux_drop_capabilities() }
  }

  /// Closes the three streams, which have no reader any more, and leaves the folder it started in.
  package static func detach() {
    let number = unsafe clinux_open("/dev/null", O_RDWR | O_CLOEXEC, 0)
    guard number >= 0 else { return }
    for stream in 0..<Int32(3) { dup2(number, stream) }
    if number > 2 { close(number) }
    _ = unsafe chdir("/")
  }
}
