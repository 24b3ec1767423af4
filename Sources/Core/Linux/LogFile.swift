// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A file that lines are appended to, by several processes at once.
package struct LogFile: Hashable, Sendable {
  /// Where it is.
  package let path: String

  /// Names a file.
  package init(_ path: String) {
    self.path = path
  }

  /// Appends a line, with the moment in front; the file is made where it is missing, its folder not.
  ///
  /// Whoever may write a configuration names the file: nothing but a regular one is opened, as a pipe
  /// would wait for a reader, and a device do what it does (`/dev/watchdog`).
  /// - Throws: `KernelError`.
  package func append(_ line: String) throws(KernelError) {
    let text = "time=\(Self.now) \(line)\n"
    // One write: lines of other processes do not get in between (O_APPEND).
    var status = stat()
    guard unsafe stat(path, &status) != 0 || Self.isRegular(status) else { throw notRegular }
    let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK)
    let number = file.number
    try SystemCall.run("examine", "'\(path)'") { unsafe fstat(number, &status) }
    guard Self.isRegular(status) else { throw notRegular }
    try file.write(text.utf8, describedAs: "'\(path)'")
  }

  private static func isRegular(_ status: stat) -> Bool { clinux_is_regular(status.st_mode) }

  private var notRegular: KernelError {
    KernelError(
      errno: EINVAL,
      errnoText: "it is no regular file",
      operation: "write to",
      object: "'\(path)'"
    )
  }

  /// The moment in UTC, as RFC 3339 writes it.
  private static var now: String {
    var moment = time(nil)
    var parts = unsafe tm()
    unsafe gmtime_r(&moment, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
