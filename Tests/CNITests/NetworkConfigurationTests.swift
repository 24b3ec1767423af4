// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI

@Suite struct NetworkConfigurationTests {
  private func parse(_ text: String) throws -> NetworkConfiguration {
    try NetworkConfiguration(configuration(text), document: Array(text.utf8))
  }

  @Test func `keys match in any case`() throws {
    let network = try parse(#"{"CNIVERSION":"0.4.0","NAME":"n","RuntimeConfig":{"mac":"x"}}"#)

    #expect(network.name == "n")
    #expect(network.version == .v0_4_0)
    #expect(try network.runtimeConfiguration()?["mac"].string() == "x")
  }

  @Test func `the document is kept unchanged`() throws {
    let text = "  {\"name\":\"n\" ,\"b\":1,\n\"a\":\"\\u00e9\"}\n\n"

    #expect(try parse(text).document == Array(text.utf8))
  }

  @Test(
    arguments: [
      (#"{"name":"n"}"#, nil),
      (#"{"name":"n","dns":{}}"#, nil),
      (#"{"name":"n","dns":{"search":[]}}"#, DNS()),
      (#"{"name":"n","dns":{"nameservers":["1.1.1.1"]}}"#, DNS(nameservers: ["1.1.1.1"])),
    ] as [(String, DNS?)]
  )
  func `DNS settings are those of the configuration`(text: String, dns: DNS?) throws {
    #expect(try parse(text).dns() == dns)
  }

  @Test(arguments: [#"{"name":"n"}"#, #"{"name":"n","ipam":{}}"#, #"{"name":"n","ipam":null}"#])
  func `an empty ipam section counts as absent`(text: String) throws {
    #expect(try parse(text).ipam() == nil)
    #expect(try IPAM(parse(text), in: []) == nil)
  }

  @Test func `errors that ADD rejects do not keep DEL from reading what it needs`() throws {
    let network = try parse(
      #"{"name":"n","dns":5,"ipam":"x","prevResult":{"cniVersion":"9"},"runtimeConfig":[]}"#
    )

    #expect(network.name == "n")
    #expect(throws: CNIError.self) { try network.dns() }
    #expect(throws: CNIError.self) { try network.ipam() }
    #expect(throws: CNIError.self) { try network.previousResult() }
    #expect(throws: CNIError.self) { try network.runtimeConfiguration() }
  }

  @Test func `a previous result without version has the configuration's`() throws {
    let network = try parse(
      #"{"name":"n","cniVersion":"0.2.0","prevResult":{"ip4":{"ip":"10.0.0.2/8"}}}"#
    )

    let result = try network.previousResult()

    #expect(result?.addresses == [.init(prefix: try #require(IPPrefix("10.0.0.2/8")))])
  }

  @Test(arguments: [
    (#""scope":300"#, #"scope" 300 (must be an integer between 0 and 255)"#),
    (#""mtu":-1"#, #"mtu" -1 (must be an integer between 0 and 4294967295)"#),
    (#""advmss":4294967296"#, #"advmss" 4294967296 (must be an integer between 0 and 4294967295)"#),
    (#""priority":-1"#, #"priority" -1 (must be an integer between 0 and 4294967295)"#),
    (#""table":4294967296"#, #"table" 4294967296 (must be an integer between 0 and 4294967295)"#),
  ])
  func `a number too large for a route is named`(
    member: String,
    fault: String
  ) throws {
    let result = #"{"cniVersion":"1.1.0","routes":[{"dst":"0.0.0.0/0",\#(member)}]}"#
    let network = try parse(#"{"name":"n","prevResult":\#(result)}"#)

    #expect(throws: CNIError(.invalidConfiguration, #"invalid "prevResult.routes[0].\#(fault)"#)) {
      try network.previousResult()
    }
  }

  @Test func `an error in a previous result is named by its path`() throws {
    let network = try parse(#"{"name":"n","prevResult":{"cniVersion":"1.0.0","ips":[{}]}}"#)

    let error = #expect(throws: CNIError.self) { try network.previousResult() }

    #expect(error?.message.hasPrefix(#"missing "prevResult.ips[0].address" (must be "#) == true)
  }

  @Test(arguments: [
    (#"{"name":"n","cni.dev/valid-attachments":[]}"#, []),
    // What libcni sends for a list that is nil.
    (#"{"name":"n","cni.dev/valid-attachments":null}"#, []),
    (
      #"{"name":"n","cni.dev/valid-attachments":null,"#
        + #""cni.dev/attachments":[{"containerID":"c","ifname":"net1"}]}"#,
      ["n c net1"]
    ),
    (
      #"{"name":"n","cni.dev/valid-attachments":[{"containerID":"c","ifname":"net1"}]}"#,
      ["n c net1"]
    ),
    (
      #"{"name":"n","cni.dev/attachments":[{"containerID":"c","ifname":"net1"}]}"#,
      ["n c net1"]
    ),
  ])
  func `valid attachments are listed`(text: String, attachments: [String]) throws {
    let found = try parse(text).validAttachments()

    #expect(found.map { "\($0.network) \($0.containerID) \($0.containerInterface)" } == attachments)
  }

  @Test func `valid attachments with Unicode-equivalent names are distinct`() throws {
    let list = #"[{"containerID":"c","ifname":"e\u0301"},{"containerID":"c","ifname":"\u00e9"}]"#

    let found = try parse(#"{"name":"n","cni.dev/valid-attachments":\#(list)}"#).validAttachments()

    #expect(Set(found).count == 2)
    #expect(found.first?.hostInterface != found.last?.hostInterface)
  }

  @Test(arguments: [
    (
      #"{"name":"n"}"#,
      #"missing "cni.dev/valid-attachments" (GC needs the list of attachments to keep)"#
    ),
    (
      #"{"name":"n","cni.dev/valid-attachments":[{"containerID":"c"}]}"#,
      #"invalid "cni.dev/valid-attachments[0]" {"containerID":"c"} "#
        + #"(must have "containerID" and "ifname")"#
    ),
    (
      #"{"name":"n","cni.dev/valid-attachments":{}}"#,
      #"invalid "cni.dev/valid-attachments" {} (must be an array)"#
    ),
  ])
  func `an invalid list of valid attachments deletes nothing`(text: String, message: String) throws
  {
    #expect(throws: CNIError(.invalidConfiguration, message)) {
      try parse(text).validAttachments()
    }
  }
}
