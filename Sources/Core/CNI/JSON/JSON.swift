// SPDX-License-Identifier: Apache-2.0

import CLibjansson

/// The parser of JSON documents, based on jansson.
package enum JSON {
  /// Why a text is not a JSON document, and where.
  package struct SyntaxError: Error, Equatable, Sendable {
    /// The line, from 1.
    package let line: Int

    /// The column that the parser reached, in characters.
    package let column: Int

    /// The parser's explanation.
    package let reason: String
  }

  /// The maximum number of values in a document, since a tree of them takes some 400 bytes each.
  static let valueLimit = 100_000

  /// Returns the value of a whole text; of equal keys the last counts.
  ///
  /// Rejected are invalid UTF-8, NUL characters (including `\u0000`), nesting deeper than 2048,
  /// reals beyond a double, more than 100,000 values, and anything after the value. An integer
  /// beyond 64 bits becomes a real, so that an error can name its key and no other key is affected.
  /// - Throws: `SyntaxError`.
  package static func parse(_ bytes: [UInt8]) throws(SyntaxError) -> JSONValue {
    guard bytes.contains(where: { !isBlank($0) }) else {
      throw SyntaxError(line: 1, column: 0, reason: "the text is empty")
    }
    guard valueCount(bytes) <= valueLimit else {
      throw SyntaxError(line: 1, column: 0, reason: "there are more than \(valueLimit) values")
    }
    let document = try Document(parsing: bytes)
    // The tree is read through its root until the value is complete.
    defer { extendLifetime(document) }
    return unsafe document.root.value(droppingFromKeys: document.keyPrefixLength)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}

/// A tree allocated by jansson.
@safe private struct Document: ~Copyable {
  let root: UnsafeMutablePointer<json_t>

  /// The number of bytes of each key that are not from the document.
  let keyPrefixLength: Int

  /// jansson keeps one of equal keys, at the position of the first, and stops at an integer beyond
  /// 64 bits: such a document is parsed again in a form that avoids both.
  init(parsing bytes: [UInt8]) throws(JSON.SyntaxError) {
    var failure = json_error_t()
    var root = unsafe Self.load(bytes, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &failure)
    let code = unsafe json_error_code(&failure)
    let isReread =
      unsafe root == nil
      && (code == json_error_duplicate_key || code == json_error_numeric_overflow)
    if isReread {
      unsafe root = Self.load(JSON.withDistinctKeys(bytes), JSON_DECODE_ANY, &failure)
    }
    keyPrefixLength = isReread ? JSON.keyPrefixLength : 0
    guard let root = unsafe root else {
      // The position in the original document.
      if isReread { unsafe json_decref(Self.load(bytes, JSON_DECODE_ANY, &failure)) }
      throw JSON.SyntaxError(failure)
    }
    unsafe self.root = root
  }

  private static func load(
    _ bytes: [UInt8],
    _ flags: Int32,
    _ failure: inout json_error_t
  ) -> UnsafeMutablePointer<json_t>? {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe json_loadb(buffer.baseAddress, buffer.count, Int(flags), &failure)
    }
  }

  deinit {
    unsafe json_decref(root)
  }
}

extension JSON.SyntaxError {
  fileprivate init(_ failure: json_error_t) {
    let text = unsafe withUnsafeBytes(of: failure.text) { text in
      unsafe String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
    self.init(line: Int(failure.line), column: Int(failure.column), reason: text.onOneLine)
  }
}

extension UnsafeMutablePointer<json_t> {
  /// The tree as a value; the recursion is limited by the parser to 2048.
  fileprivate func value(droppingFromKeys prefix: Int) -> JSONValue {
    switch unsafe pointee.type {
    case JSON_NULL: .null
    case JSON_TRUE: .bool(true)
    case JSON_FALSE: .bool(false)
    case JSON_INTEGER: unsafe .integer(json_integer_value(self))
    case JSON_REAL: unsafe .real(json_real_value(self))
    case JSON_STRING: unsafe .string(text)
    case JSON_ARRAY: unsafe .array(elements(prefix))
    case JSON_OBJECT: unsafe .object(JSONObject(members(prefix)))
    default: preconditionFailure("jansson has no other type")
    }
  }

  private var text: String {
    guard let start = unsafe json_string_value(self) else { return "" }
    let characters = unsafe UnsafeRawBufferPointer(start: start, count: json_string_length(self))
    return unsafe String(decoding: characters, as: UTF8.self)
  }

  private func elements(_ prefix: Int) -> [JSONValue] {
    unsafe (0..<json_array_size(self)).compactMap {
      unsafe json_array_get(self, $0)?.value(droppingFromKeys: prefix)
    }
  }

  private func members(_ prefix: Int) -> [JSONObject.Member] {
    var members: [JSONObject.Member] = []
    unsafe members.reserveCapacity(json_object_size(self))
    var position = unsafe json_object_iter(self)
    while let current = unsafe position {
      if let key = unsafe json_object_iter_key(current),
        let value = unsafe json_object_iter_value(current)
      {
        let text = unsafe String(cString: key + prefix)
        unsafe members.append(.init(key: text, value: value.value(droppingFromKeys: prefix)))
      }
      unsafe position = json_object_iter_next(self, current)
    }
    return members
  }
}
