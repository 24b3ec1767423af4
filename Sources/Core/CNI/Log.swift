// SPDX-License-Identifier: Apache-2.0

import Linux

/// Failures that are tolerated, on standard error: one line each of `key=value`.
package enum Log {
  /// Writes that something failed and is ignored.
  ///
  ///     Log.tolerated("cannot release the address", ["container": id, "reason": error.message])
  package static func tolerated(_ event: String, _ fields: KeyValuePairs<String, String> = [:]) {
    StandardStreams.writeError(Array((line(event, fields) + "\n").utf8))
  }

  /// Returns the line, without its newline.
  static func line(_ event: String, _ fields: KeyValuePairs<String, String>) -> String {
    let values = fields.map { "\($0)=\($1.isPlain ? $1 : $1.inQuotes)" }
    return (["level=warning", "msg=\("\(event), ignoring".inQuotes)"] + values)
      .joined(separator: " ")
  }
}

extension String {
  /// Whether the text needs no quotes as a value: not empty, no blank, quote, `=` or control.
  fileprivate var isPlain: Bool {
    !isEmpty
      && utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") && $0 != 0x3D }
  }
}
