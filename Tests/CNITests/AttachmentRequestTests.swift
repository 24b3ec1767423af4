// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI

@Suite struct AttachmentRequestTests {
  private func request(_ arguments: String, _ config: String) throws -> AttachmentRequest {
    let environment = Environment([
      .containerID: "c1", .interfaceName: "net1", .arguments: arguments, .path: ":/a::/b:",
    ])
    let network = try NetworkConfiguration(configuration(config), document: Array(config.utf8))
    return try AttachmentRequest(environment, network)
  }

  @Test(arguments: [
    (#"{"name":"n"}"#, "02:00:00:00:00:0a"),
    (#"{"name":"n","args":{"cni":{"mac":""}}}"#, "02:00:00:00:00:0a"),
    (#"{"name":"n","args":{"cni":{"mac":"02:00:00:00:00:0b"}}}"#, "02:00:00:00:00:0b"),
    (
      #"{"name":"n","args":{"cni":{"mac":"02:00:00:00:00:0b"}},"#
        + #""RuntimeConfig":{"mac":"02:00:00:00:00:0C"}}"#,
      "02:00:00:00:00:0c"
    ),
  ])
  func `the runtime's MAC address overrides that of args, which overrides that of CNI_ARGS`(
    config: String,
    mac: String
  ) throws {
    let request = try request("MAC=02:00:00:00:00:0A", config)

    #expect(try request.requestedMACAddress() == MACAddress(mac))
  }

  @Test func `a request has its identity and the folders of CNI_PATH`() throws {
    let request = try request("", #"{"name":"n"}"#)

    let attachment = request.attachment
    #expect(attachment.network == "n" && attachment.containerID == "c1")
    #expect(attachment.containerInterface == InterfaceName("net1"))
    #expect(request.pluginDirectories == ["/a", "/b"])
    #expect(request.namespacePath == nil)
    #expect(
      throws: CNIError(.invalidEnvironment, "required env variables [CNI_NETNS] missing")
    ) {
      try request.requiredNamespacePath()
    }
  }
}
