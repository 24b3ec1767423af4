// SPDX-License-Identifier: Apache-2.0

/// The process's reply: at most one JSON document, and its exit status.
struct Reply {
  /// The text for standard output.
  var output: [UInt8] = []

  /// The text for standard error.
  var message = ""

  /// 0 for success, 1 for an error.
  var exitStatus: Int32 = 0
}

extension Reply {
  /// A document followed by a newline.
  init(_ document: JSONText) {
    output = document.bytes + [UInt8(ascii: "\n")]
  }

  /// The result of ADD.
  init(_ result: JSONValue) {
    self.init(JSONText(result, .indented))
  }

  /// An error object.
  init(_ error: CNIError, _ version: SpecVersion) {
    self.init(JSONText(error.json(for: version), .indented))
    exitStatus = 1
  }
}
