// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CNI

@Suite struct JSONTests {
  @Test(arguments: [
    ("null", JSONValue.null),
    (" true\n", .bool(true)),
    ("-9223372036854775808", .integer(.min)),
    ("100", .integer(100)),
    ("100.0", .real(100)),
    ("1e2", .real(100)),
    (#""\u00e9\ud83d\ude00/""#, .string("é😀/")),
    (#"[1,"a",[]]"#, .array([.integer(1), .string("a"), .array([])])),
    (#"{"b":1,"a":null}"#, .object(["b": .integer(1), "a": .null])),
  ])
  func `a document is parsed into its value`(text: String, value: JSONValue) throws {
    #expect(try JSON.parse(Array(text.utf8)) == value)
  }

  @Test func `the last of equal keys wins, however they are escaped`() throws {
    let text = #"{"vlan":1,"a:\"}":{"x":1,"x":[2,":"]},"mtu" : 2,"vla\u006e":3}"#

    guard case .object(let object) = try JSON.parse(Array(text.utf8)) else { return }

    #expect(object["vlan"] == .integer(3))
    #expect(object["mtu"] == .integer(2))
    guard case .object(let inner) = object["a:\"}"] else { return }
    #expect(inner["x"] == .array([.integer(2), .string(":")]))
  }

  @Test(arguments: ["[],", "{},", #""",[["#, #"{"a":{},"b":[]},"#])
  func `a document with too many values is rejected`(element: String) {
    let text = "[" + String(repeating: element, count: 100_000)

    #expect(
      throws: JSON.SyntaxError(line: 1, column: 0, reason: "there are more than 100000 values")
    ) {
      try JSON.parse(Array(text.utf8))
    }
  }

  @Test func `commas and brackets in strings do not count as values`() throws {
    let text = String(repeating: #"[{,\""#, count: 100_000)

    let value = try JSON.parse(Array("\"\(text)\"".utf8))

    #expect(value == .string(text.replacing(#"\""#, with: "\"")))
  }

  @Test(arguments: [
    ("", 1, 0, "the text is empty"),
    (" \n\t", 1, 0, "the text is empty"),
    ("{\n  \"a\": 1,\n}", 3, 1, "string or '}' expected near '}'"),
    (#"{"a":1} {"b":2}"#, 1, 9, "end of file expected near '{'"),
    (#"{"a":01}"#, 1, 6, "invalid token near '0'"),
    (#"{"a":"\u0000"}"#, 1, 13, #"\u0000 is not allowed without JSON_ALLOW_NUL near '"\u0000"'"#),
    (#"{"a":1e400}"#, 1, 10, "real number overflow near '1e400'"),
    (#"{"a":1,"a":2,}"#, 1, 14, "string or '}' expected near '}'"),
    ("{'a':1}", 1, 2, "string or '}' expected near '''"),
    ("nope", 1, 4, "invalid token near 'nope'"),
    (#"{"a":NaN}"#, 1, 8, "invalid token near 'NaN'"),
  ])
  func `an invalid document is rejected with its position`(
    text: String,
    line: Int,
    column: Int,
    reason: String
  ) {
    #expect(throws: JSON.SyntaxError(line: line, column: column, reason: reason)) {
      try JSON.parse(Array(text.utf8))
    }
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22],
      [0x22, 0xC3, 0x28, 0x22],
      [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0x61, 0x00, 0x22],
      [0x7B, 0x7D, 0x00],
    ] as [[UInt8]]
  )
  func `invalid UTF-8 and NUL are rejected`(bytes: [UInt8]) {
    #expect(throws: JSON.SyntaxError.self) { try JSON.parse(bytes) }
  }

  @Test(arguments: ["[", #"{"a":"#, "[[{\"a\":"])
  func `nesting 30,000 deep is rejected without a crash`(opening: String) {
    let text = String(repeating: opening, count: 30_000)

    let error = #expect(throws: JSON.SyntaxError.self) { try JSON.parse(Array(text.utf8)) }

    #expect(error?.reason.hasPrefix("maximum parsing depth reached") == true)
  }

  @Test func `nesting 2,000 deep is read and written`() throws {
    let text = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)

    let value = try JSON.parse(Array(text.utf8))

    #expect(JSONText(value, .compact).description == text)
  }

  @Test func `an integer beyond 64 bits becomes a real and does not affect the others`() throws {
    let text = #"{"huge":99999999999999999999,"vlan":100,"mtu":100.0,"list":[4094,-1]}"#

    let value = try JSON.parse(Array(text.utf8))

    #expect(
      value
        == .object([
          "huge": .real(1e20),
          "vlan": .integer(100),
          "mtu": .real(100),
          "list": .array([.integer(4094), .integer(-1)]),
        ])
    )
  }

  @Test func `a compact text has sorted keys and escapes only what it must`() {
    let value = JSONValue.object([
      "b": .string("</&>\"\\\n\t\u{1}é"),
      "a": .array([.integer(1), .real(1.5), .bool(false), .null]),
      "B": .object([:]),
    ])

    let text = JSONText(value, .compact).description

    #expect(text == #"{"B":{},"a":[1,1.5,false,null],"b":"</&>\"\\\n\t\u0001é"}"#)
  }

  @Test func `an indented text has four spaces per level`() {
    let value = JSONValue.object([
      "list": .array([.integer(1), .object(["k": .string("v")])]),
      "none": .array([]),
    ])

    let text = JSONText(value, .indented).description

    #expect(
      text == """
        {
            "list": [
                1,
                {
                    "k": "v"
                }
            ],
            "none": []
        }
        """
    )
  }

  @Test(arguments: [
    (#"{"Vlan":7}"#, 7),
    (#"{"VLAN":1,"vlan":7}"#, 7),
    (#"{"vlan":1,"VLAN":7}"#, 7),
    (#"{"vlan":1,"vlans":8,"vlan":7}"#, 7),
    (#"{"vlan":1,"VLAN":2,"vlan":7}"#, 7),
    (#"{"vlan":1,"vlan":2,"VLAN":7}"#, 7),
    (#"{"vlan":7,"VLAN":null}"#, 7),
  ])
  func `a key is found as Go finds it: any case, the last one`(text: String, value: Int64) throws {
    guard case .object(let object) = try JSON.parse(Array(text.utf8)) else { return }

    #expect(object.value(named: "vlan") == .integer(value))
  }
}
