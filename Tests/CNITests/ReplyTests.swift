// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI

@Suite struct ReplyTests {
  private static let add: KeyValuePairs<Environment.Variable, String> = [
    .command: "ADD", .containerID: "c1", .namespace: "/run/netns/x", .interfaceName: "net1",
    .path: "/opt/cni/bin",
  ]

  @Test func `without a command the plugin introduces itself on standard error`() {
    let reply = reply([:], "")

    #expect(reply.text == "")
    #expect(reply.exitStatus == 0)
    #expect(
      reply.message == """
        CNI sample plugin 1.2.3
        CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0

        """
    )
  }

  @Test(arguments: [
    (#"{"cniVersion":"0.4.0"}"#, "0.4.0"),
    (#"{"CNIVERSION":"0.3.1"}"#, "0.3.1"),
    (#"{"cniVersion":"9.9.9"}"#, "1.1.0"),
    (#"{"cniVersion":7}"#, "1.1.0"),
    ("", "1.1.0"),
    ("banana", "1.1.0"),
  ])
  func `VERSION replies in the requested version, whatever else is set`(
    input: String,
    version: String
  ) {
    let reply = reply([.command: "VERSION", .containerID: "%%", .interfaceName: ":"], input)

    #expect(reply.exitStatus == 0)
    #expect(
      reply.text == #"{"cniVersion":"\#(version)","supportedVersions":"#
        + #"["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}"# + "\n"
    )
  }

  @Test func `ADD prints its result in the version of the configuration`() {
    let reply = reply(Self.add, #"{"cniVersion":"1.0.0","name":"n"}"#)

    #expect(reply.exitStatus == 0)
    #expect(
      reply.text == """
        {
            "cniVersion": "1.0.0",
            "interfaces": [
                {
                    "name": "net1"
                }
            ]
        }

        """
    )
  }

  @Test func `an error object has the version of the configuration`() {
    let reply = reply(
      Self.add,
      #"{"cniVersion":"0.3.1","name":"n","runtimeConfig":{"mac":"zz"}}"#
    )

    #expect(reply.exitStatus == 1)
    #expect(
      reply.text == #"""
        {
            "cniVersion": "0.3.1",
            "code": 7,
            "msg": "invalid \"runtimeConfig.mac\" \"zz\" (must be a unicast MAC address such as 02:00:00:00:00:01)"
        }

        """#
    )
  }

  @Test func `success of a command without a result prints nothing`() {
    #expect(Reply().output == [])
    #expect(Reply().exitStatus == 0)
  }

  @Test func `a result that the version cannot express is undone and reported`() {
    let reply = reply(Self.add, #"{"cniVersion":"0.2.0","name":"n"}"#)

    #expect(
      reply.error == "1: cannot express a result without addresses in CNI 0.2.0 "
        + #"(set "cniVersion" to "0.3.0" or newer, or configure "ipam")"#
    )
  }

  @Test(arguments: ["ADD", "DEL"])
  func `the plugin's own namespace is refused before anything is changed`(command: String) {
    let reply = reply(
      [
        .command: command, .containerID: "c1", .namespace: "/proc/self/ns/net",
        .interfaceName: "net1", .path: "/opt/cni/bin",
      ],
      #"{"cniVersion":"1.0.0","name":"n"}"#,
      isOwnNamespace: { $0 == "/proc/self/ns/net" }
    )

    #expect(
      reply.error == "8: plugin's netns and netns from CNI_NETNS should not be the same "
        + #"(CNI_NETNS is "/proc/self/ns/net")"#
    )
  }

  @Test(arguments: ["1", "true", "TRUE"])
  func `the override allows the plugin's own namespace`(override: String) {
    let reply = reply(
      [
        .command: "ADD", .containerID: "c1", .namespace: "/proc/self/ns/net",
        .interfaceName: "net1", .path: "/opt/cni/bin", .namespaceOverride: override,
      ],
      #"{"cniVersion":"1.0.0","name":"n"}"#,
      isOwnNamespace: { _ in true }
    )

    #expect(reply.exitStatus == 0)
  }

  @Test func `a tolerated failure is one line of keys and values`() {
    let line = Log.line(
      "warning",
      "cannot release the address, ignoring",
      ["container": "c1", "reason": "a \"b\"\nc"]
    )

    #expect(
      line == #"level=warning msg="cannot release the address, ignoring" container=c1 "#
        + #"reason="a \"b\"\nc""#
    )
  }
}
