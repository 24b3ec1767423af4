// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import Testing

/// Parses a configuration's object.
func configuration(_ text: String) throws -> ConfigurationObject {
  try #require(try ConfigurationValue(JSON.parse(Array(text.utf8)), at: "").object())
}

@Suite struct ConfigurationTests {
  private enum Transport: String, CaseIterable {
    case tcp = "TCP"
    case udp = "UDP"
    case sctp = "SCTP"
  }

  @Test(arguments: [
    (#"{"vlan":"100"}"#, #"invalid "vlan" "100" (must be an integer between 0 and 4094)"#),
    (#"{"vlan":100.0}"#, #"invalid "vlan" 100.0 (must be an integer between 0 and 4094)"#),
    (#"{"vlan":1e2}"#, #"invalid "vlan" 100.0 (must be an integer between 0 and 4094)"#),
    (#"{"vlan":4095}"#, #"invalid "vlan" 4095 (must be an integer between 0 and 4094)"#),
    (#"{"vlan":-1}"#, #"invalid "vlan" -1 (must be an integer between 0 and 4094)"#),
    (#"{"vlan":true}"#, #"invalid "vlan" true (must be an integer between 0 and 4094)"#),
    (
      #"{"vlan":99999999999999999999}"#,
      #"invalid "vlan" 1e+20 (must be an integer between 0 and 4094)"#
    ),
    (
      #"{"vlan":[1,{"a":"b"}]}"#,
      #"invalid "vlan" [1,{"a":"b"}] (must be an integer between 0 and 4094)"#
    ),
  ])
  func `an invalid number is named with key, value and range`(text: String, message: String) throws
  {
    let value = try configuration(text)["vlan"]

    #expect(throws: CNIError(.invalidConfiguration, message)) {
      try value.integer(in: 0...4094)
    }
  }

  @Test(arguments: [#"{}"#, #"{"vlan":null}"#])
  func `null counts as absent`(text: String) throws {
    #expect(try configuration(text)["vlan"].integer(in: 0...4094) == nil)
  }

  @Test func `null in an array is invalid`() throws {
    let trunk = try configuration(#"{"vlanTrunk":[null]}"#)["vlanTrunk"]

    let message = #"invalid "vlanTrunk[0]" null (must be an object)"#
    #expect(throws: CNIError(.invalidConfiguration, message)) {
      try trunk.list { element throws(CNIError) in try element.object() }
    }
  }

  @Test func `a path leads through objects and arrays`() throws {
    let trunk = try configuration(#"{"vlanTrunk":[{"id":1},{"minID":"x"}]}"#)["vlanTrunk"]

    let message = #"invalid "vlanTrunk[1].minID" "x" (must be an integer between 1 and 4094)"#
    #expect(throws: CNIError(.invalidConfiguration, message)) {
      try trunk.list { element throws(CNIError) in
        try element.object()?["minID"].integer(in: 1...4094)
      }
    }
  }

  @Test func `a boolean in quotes is refused`() throws {
    let value = try configuration(#"{"portIsolation":"true"}"#)["portIsolation"]

    let message = #"invalid "portIsolation" "true" (must be true or false without quotes)"#
    #expect(throws: CNIError(.invalidConfiguration, message)) { try value.bool() }
  }

  @Test func `a choice lists what is allowed`() throws {
    let value = try configuration(#"{"protocol":"SCPT"}"#)["protocol"]

    let message = #"invalid "protocol" "SCPT" (must be "TCP", "UDP" or "SCTP")"#
    #expect(throws: CNIError(.invalidConfiguration, message)) {
      try value.choice(of: Transport.self)
    }
  }

  @Test(arguments: ["zz", "01:00:00:00:00:01", "00:00:00:00:00:00", "02:00:00:00:00:00:00:01"])
  func `an address no station can have is rejected`(mac: String) throws {
    let value = try configuration(#"{"mac":"\#(mac)"}"#)["mac"]

    let message =
      #"invalid "mac" "\#(mac)" (must be a unicast MAC address such as 02:00:00:00:00:01)"#
    #expect(throws: CNIError(.invalidConfiguration, message)) { try value.macAddress() }
  }

  @Test func `addresses are parsed in every notation`() throws {
    let object = try configuration(
      #"{"mac":"0200.0000.000C","none":"","ip":"fd00::1","net":"10.1.2.3/24","name":"br1"}"#
    )

    #expect(try object["mac"].macAddress() == MACAddress("02:00:00:00:00:0c"))
    #expect(try object["none"].macAddress() == nil)
    #expect(try object["ip"].address() == IPAddress("fd00::1"))
    #expect(try object["net"].prefix() == IPPrefix("10.1.2.3/24"))
    #expect(try object["name"].interfaceName() == InterfaceName("br1"))
  }

  @Test func `a long value is cut`() throws {
    let value = try configuration(#"{"a":"\#(String(repeating: "x", count: 200))"}"#)["a"]

    let error = #expect(throws: CNIError.self) { try value.integer() }

    let excerpt = "\"" + String(repeating: "x", count: 76) + "..."
    #expect(error?.message == #"invalid "a" \#(excerpt) (must be an integer)"#)
  }

  @Test(arguments: ["\u{301}", "é", "\u{1F600}", "\u{9B}", "\u{7F}"])
  func `a value of any characters is cut to a number of bytes, on one line`(text: String) throws {
    let value = try configuration(#"{"a":"\#(String(repeating: text, count: 10_000))"}"#)["a"]

    let error = try #require(#expect(throws: CNIError.self) { try value.integer() })

    #expect(error.message.utf8.count < 120)
    #expect(error.message == error.message.onOneLine)
  }

  @Test func `of many errors the first sixteen are shown and the others counted`() throws {
    var faults = Faults()
    for number in 1...300_000 { faults.append(CNIError(.invalidConfiguration, "fault \(number)")) }

    let error = #expect(throws: CNIError.self) { try faults.throwIfAny() }

    #expect(error?.message.hasPrefix("fault 1; fault 2; ") == true)
    #expect(error?.message.hasSuffix("; fault 16; and 299984 more") == true)
  }

  @Test(arguments: ["br%d", "%s", "all", "default", "a/b", "a:b", "a b", "a\u{A0}b", ".", ".."])
  func `an interface name with a special meaning to the kernel is rejected`(
    name: String
  ) throws {
    let value = try configuration(#"{"bridge":"\#(name)"}"#)["bridge"]

    #expect(throws: CNIError.self) { try value.interfaceName() }
  }

  @Test func `a misspelt key of the plugin is rejected`() throws {
    let object = try configuration(#"{"max-tx-rate":1,"spoofchek":"on","resourceName":"x"}"#)

    let error = #expect(throws: CNIError.self) {
      try object.judgeSpelling(of: ["max_tx_rate", "spoofchk"])
    }

    #expect(
      error?.message
        == #"unknown key "max-tx-rate" (did you mean "max_tx_rate"?); "#
        + #"unknown key "spoofchek" (did you mean "spoofchk"?)"#
    )
  }

  @Test func `all errors can be collected into one`() throws {
    let object = try configuration(#"{"port":0,"protocol":"SCPT","name":"vm"}"#)
    var faults = Faults()

    let port = faults.gather(try object["port"].integer(in: 1...65535))
    let choice = faults.gather(try object["protocol"].choice(of: Transport.self))
    let name = faults.gather(try object["name"].string())

    let message =
      #"invalid "port" 0 (must be an integer between 1 and 65535); "#
      + #"invalid "protocol" "SCPT" (must be "TCP", "UDP" or "SCTP")"#
    #expect(port == nil && choice == nil && name == "vm")
    #expect(throws: CNIError(.invalidConfiguration, message)) { try faults.throwIfAny() }
  }

  @Test func `a required value is reported as missing`() throws {
    let value = try configuration("{}")["socket"]

    let error = value.invalid("must be a path")

    #expect(error.message == #"missing "socket" (must be a path)"#)
  }

  @Test func `unknown keys are listed whatever the case of known ones`() throws {
    let object = try configuration(#"{"zeta":1,"CniVersion":"1.0.0","alpha":2}"#)

    #expect(object.keys(besides: ["cniVersion"]) == ["alpha", "zeta"])
  }
}
