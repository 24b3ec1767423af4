// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import Testing

/// Texts: containernetworking/cni pkg/types/args.go at 3f51e88 (v1.3.0+10).
@Suite struct ArgumentsTests {
  @Test(arguments: [
    "",
    "MAC=02:00:00:00:00:01",
    "IgnoreUnknown=true;K8S_POD_NAME=vm;MAC=02:00:00:00:00:01",
    "IgnoreUnknown=1;FOO=",
    "IgnoreUnknown=TRUE;FOO=bar",
    "IgnoreUnknown=false;MAC=",
  ])
  func `known pairs, and unknown ones to be ignored, are accepted`(text: String) throws {
    try Arguments(text).judge(knowing: ["MAC"])
  }

  @Test(arguments: [
    ("foo", #"CNI_ARGS: invalid pair "foo""#),
    ("MAC=02:00:00:00:00:01;", #"CNI_ARGS: invalid pair """#),
    ("MAC=a=b", #"CNI_ARGS: invalid pair "MAC=a=b""#),
    ("IgnoreUnknown=true;foo", #"CNI_ARGS: invalid pair "foo""#),
    ("FOO=bar", #"CNI_ARGS: unknown args ["FOO=bar"]"#),
    ("FOO=bar;MAC=;BAR=foo", #"CNI_ARGS: unknown args ["FOO=bar" "BAR=foo"]"#),
    ("mac=02:00:00:00:00:01", #"CNI_ARGS: unknown args ["mac=02:00:00:00:00:01"]"#),
    ("IgnoreUnknown=0;FOO=bar", #"CNI_ARGS: unknown args ["FOO=bar"]"#),
    (
      "IgnoreUnknown=maybe",
      #"CNI_ARGS: error parsing value of pair "IgnoreUnknown=maybe": "#
        + "boolean unmarshal error: invalid input maybe"
    ),
  ])
  func `anything else is refused`(text: String, message: String) {
    #expect(throws: CNIError(.invalidEnvironment, message)) {
      try Arguments(text).judge(knowing: ["MAC"])
    }
  }

  @Test func `a malformed text still yields its valid pairs`() {
    // U+212A, the sign of the unit kelvin, is equivalent to K.
    let arguments = Arguments("foo;MAC=1;K8S_POD_NAME=vm;MAC=2;\u{212A}8S_POD_NAME=x;")

    #expect(arguments["MAC"] == "2")
    #expect(arguments["K8S_POD_NAME"] == "vm")
    #expect(arguments["foo"] == nil)
  }

  @Test(arguments: [
    ("MAC=02:00:00:00:00:0A", MACAddress("02:00:00:00:00:0a")),
    ("MAC=", nil),
    ("", nil),
  ])
  func `the MAC address is read`(text: String, mac: MACAddress?) throws {
    #expect(try Arguments(text).macAddress() == mac)
  }

  @Test func `an invalid MAC address is rejected`() {
    let message =
      #"CNI_ARGS: invalid "MAC" "zz" (must be a unicast MAC address such as 02:00:00:00:00:01)"#

    #expect(throws: CNIError(.invalidEnvironment, message)) {
      try Arguments("MAC=zz").macAddress()
    }
  }
}
