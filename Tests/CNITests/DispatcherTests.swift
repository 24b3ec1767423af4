// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI

/// Error texts: containernetworking/cni pkg/skel at 3f51e88 (v1.3.0+10).
@Suite struct DispatcherTests {
  private static let config = #"{"cniVersion":"1.1.0","name":"net","type":"sample"}"#

  @Test(arguments: [
    ("ADD", "[CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH]"),
    ("CHECK", "[CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH]"),
    ("DEL", "[CNI_CONTAINERID,CNI_IFNAME,CNI_PATH]"),
    ("GC", "[CNI_PATH]"),
    ("STATUS", "[CNI_PATH]"),
  ])
  func `every missing variable is listed`(command: String, list: String) {
    let reply = reply([.command: command, .interfaceName: ""], Self.config)

    #expect(reply.error == "4: required env variables \(list) missing")
  }

  @Test(arguments: [
    ("DEL", "101: DEL reached the plugin"),
    ("CHECK", "102: CHECK reached the plugin"),
    ("GC", "103: GC reached the plugin"),
    ("STATUS", "104: STATUS reached the plugin"),
  ])
  func `a complete call reaches its command and no other`(command: String, error: String) {
    let reply = reply(
      [
        .command: command, .containerID: "c1", .namespace: "/run/netns/x", .interfaceName: "net1",
        .path: "/opt/cni/bin",
      ],
      Self.config
    )

    #expect(reply.error == error)
  }

  @Test func `DEL needs no namespace`() {
    let reply = reply(
      [.command: "DEL", .containerID: "c1", .interfaceName: "net1", .path: "/opt/cni/bin"],
      Self.config
    )

    #expect(reply.error == "101: DEL reached the plugin")
  }

  @Test(arguments: [
    (
      "some-%%container-id",
      "4: CNI_CONTAINERID: invalid characters in containerID (some-%%container-id)"
    ),
    (".c", "4: CNI_CONTAINERID: invalid characters in containerID (.c)"),
    ("é", "4: CNI_CONTAINERID: invalid characters in containerID (é)"),
  ])
  func `an invalid container ID is reported before missing variables`(id: String, error: String) {
    #expect(reply([.command: "ADD", .containerID: id], Self.config).error == error)
  }

  @Test(arguments: [
    (
      "1234567890123456",
      "4: CNI_IFNAME: interface name is too long (interface name should be less than 16 characters)"
    ),
    (".", "4: CNI_IFNAME: interface name is . or .."),
    ("..", "4: CNI_IFNAME: interface name is . or .."),
    ("test/test", "4: CNI_IFNAME: interface name contains / or : or whitespace characters"),
    ("test:test", "4: CNI_IFNAME: interface name contains / or : or whitespace characters"),
    ("test test1", "4: CNI_IFNAME: interface name contains / or : or whitespace characters"),
    ("a\u{3000}b", "4: CNI_IFNAME: interface name contains / or : or whitespace characters"),
  ])
  func `an invalid interface name is rejected`(name: String, error: String) {
    let reply = reply(
      [
        .command: "ADD", .containerID: "c1", .namespace: "/run/netns/x", .interfaceName: name,
        .path: "/opt/cni/bin",
      ],
      Self.config
    )

    #expect(reply.error == error)
  }

  @Test(arguments: ["br%d", "%", "all", "default"])
  func `only ADD rejects a name that no new link can get`(name: String) {
    let add = reply(
      [
        .command: "ADD", .containerID: "c1", .namespace: "/run/netns/x", .interfaceName: name,
        .path: "/opt/cni/bin",
      ],
      Self.config
    )
    let delete = reply(
      [.command: "DEL", .containerID: "c1", .interfaceName: name, .path: "/opt/cni/bin"],
      Self.config
    )

    #expect(
      add.error
        == #"4: CNI_IFNAME: interface name contains % or is all or default (it is "\#(name)")"#
    )
    #expect(delete.error == "101: DEL reached the plugin")
  }

  @Test func `no error is longer than a runtime can show, or more than one line`() {
    let name = String(repeating: "\u{9B}2Jé\n", count: 100_000)

    let reply = reply(
      [.command: "STATUS", .path: "/opt/cni/bin"],
      #"{"cniVersion":"1.1.0","name":"\#(name.replacing("\n", with: "\\n"))"}"#
    )

    #expect(reply.output.count < 300)
    #expect(reply.error?.contains("\n") == false)
    #expect(reply.error?.contains("\u{9B}") == false)
  }

  @Test(arguments: [
    (#"{"cniVersion":"1.1.0"}"#, "7: missing network name"),
    (#"{"cniVersion":"1.1.0","name":""}"#, "7: missing network name"),
    (#"{"name":"te%st"}"#, "7: invalid characters found in network name (te%st)"),
    (#"{"name":5}"#, #"6: invalid "name" 5 (must be a string)"#),
    (#"{"name":"n","cniVersion":1}"#, #"6: invalid "cniVersion" 1 (must be a string)"#),
    ("", "6: cannot decode the network configuration: line 1, column 0: the text is empty"),
    ("[]", "6: cannot decode the network configuration: it must be a JSON object"),
    ("null", "6: cannot decode the network configuration: it must be a JSON object"),
    (
      #"{"name":"n""#,
      "6: cannot decode the network configuration: line 1, column 11: '}' expected near end of file"
    ),
    (
      #"{"name":"n","cniVersion":"0.4"}"#,
      #"1: incompatible CNI versions (config is "0.4", plugin supports "#
        + #"["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"])"#
    ),
  ])
  func `a configuration that no command can use is refused`(config: String, error: String) {
    let reply = reply(
      [
        .command: "DEL", .containerID: "c1", .interfaceName: "net1", .path: "/opt/cni/bin",
      ],
      config
    )

    #expect(reply.error == error)
  }

  @Test(arguments: [
    ("CHECK", "0.3.1", #"1: config version does not allow CHECK (config is "0.3.1")"#),
    ("CHECK", "0.4.0", "102: CHECK reached the plugin"),
    ("GC", "1.0.0", #"1: config version does not allow GC (config is "1.0.0")"#),
    ("GC", "1.1.0", "103: GC reached the plugin"),
    ("STATUS", "1.0.0", #"1: config version does not allow STATUS (config is "1.0.0")"#),
    ("STATUS", "1.1.0", "104: STATUS reached the plugin"),
    ("DEL", "0.1.0", "101: DEL reached the plugin"),
  ])
  func `a command needs a version that has it`(command: String, version: String, error: String) {
    let reply = reply(
      [
        .command: command, .containerID: "c1", .namespace: "/run/netns/x", .interfaceName: "net1",
        .path: "/opt/cni/bin",
      ],
      #"{"name":"n","cniVersion":"\#(version)"}"#
    )

    #expect(reply.error == error)
  }

  @Test func `a configuration without a version is one of 0.1.0`() {
    let reply = reply(
      [
        .command: "CHECK", .containerID: "c1", .namespace: "/run/netns/x", .interfaceName: "net1",
        .path: "/opt/cni/bin",
      ],
      #"{"name":"n"}"#
    )

    #expect(reply.error == #"1: config version does not allow CHECK (config is "0.1.0")"#)
  }

  @Test func `an unknown command is reported after the configuration is read`() {
    let reply = reply([.command: "FOO"], #"{"name":"n","cniVersion":"9.8.7"}"#)

    #expect(reply.error == "4: unknown CNI_COMMAND: FOO")
  }

  @Test func `a command of several lines is quoted on one`() {
    #expect(reply([.command: "\u{1}DEL\n"], "{}").error == "4: unknown CNI_COMMAND: DEL")
  }

  @Test func `an unreadable input is an I/O failure`() {
    let call = Call(
      environment: Environment([.command: "STATUS", .path: "/opt/cni/bin"]),
      readInput: { () throws(KernelError) in
        throw KernelError(errno: 5, errnoText: "banana", operation: "read", object: "input")
      },
      readInputIfReady: { [] },
      writeOutput: { _ in },
      isOwnNamespace: { _ in false },
      deferTermination: {}
    )

    let reply = Dispatcher(plugin: SamplePlugin(), call: call).reply()

    #expect(reply.error == "5: error reading from stdin: banana")
  }

  @Test func `an input beyond 4 MiB is refused`() {
    let input = String(repeating: " ", count: 4 << 20 | 1)

    let reply = reply([.command: "STATUS", .path: "/opt/cni/bin"], input)

    #expect(reply.error == "5: error reading from stdin: more than 4 MiB")
  }
}
