// SPDX-License-Identifier: Apache-2.0

import Linux

/// Messages that no error object can carry, on standard error: one line of `key=value` each.
package enum Log {
  /// Logs a failure that is ignored.
  ///
  ///     Log.tolerated("cannot release the address", ["container": id, "reason": error.message])
  package static func tolerated(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
    write(line("warning", "\(event), ignoring", fields))
  }

  /// Logs a failure that can no longer be reported on standard output.
  static func failed(_ event: String, _ fields: KeyValuePairs<String, String>) {
    write(line("error", event, fields))
  }

  /// Returns the line, without its newline.
  static func line(
    _ level: String,
    _ event: String,
    _ fields: KeyValuePairs<String, String>
  ) -> String {
    let values = fields.map { "\($0)=\($1.isPlain ? $1 : $1.inQuotes)" }
    return (["level=\(level)", "msg=\(event.inQuotes)"] + values).joined(separator: " ")
  }

  private static func write(_ line: String) {
    StandardStreams.writeError(Array((line + "\n").utf8))
  }
}

extension String {
  /// Whether the text needs no quotes as a value: not empty, no space, quote, `=` or control.
  fileprivate var isPlain: Bool {
    !isEmpty
      && utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") && $0 != 0x3D }
  }
}
