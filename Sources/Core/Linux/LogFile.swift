// SPDX-License-Identifier: Apache-2.0

import Glibc
import NetworkModel

/// A file that lines are appended to, by several processes at once.
package struct LogFile: Hashable, Sendable {
  /// Where it is.
  package let path: String

  /// Names a file.
  package init(_ path: String) {
    self.path = path
  }

  /// Appends a line, with the moment in front; a line that cannot be written is lost.
  package func append(_ line: String) {
    let text = "time=\(Self.now) \(line)\n"
    // One write: lines of other processes do not get in between (O_APPEND).
    guard let file = try? FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND) else {
      return
    }
    _ = try? file.write(text.utf8, describedAs: "'\(path)'")
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
