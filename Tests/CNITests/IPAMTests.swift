// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI

@Suite struct IPAMTests {
  private let folder: ScriptFolder

  init() throws {
    folder = try ScriptFolder()
  }

  private func ipam(_ config: String, in directories: [String]? = nil) throws -> IPAM {
    let network = try NetworkConfiguration(configuration(config), document: Array(config.utf8))
    return try #require(try IPAM(network, in: directories ?? ["/nowhere", folder.path]))
  }

  private static let config = #"{ "name":"n","cniVersion":"1.1.0", "ipam":{"type":"pool"} }"#

  @Test func `ADD passes the document byte for byte and reads the result`() throws {
    try folder.write(
      "pool",
      """
      cat > "$0.stdin"; echo "$CNI_COMMAND" > "$0.command"
      echo '{"ips":[{"address":"10.1.2.3/24","gateway":"10.1.2.1"}]}'
      """
    )

    let result = try ipam(Self.config).add()

    #expect(
      result.addresses == [
        .init(prefix: try #require(IPPrefix("10.1.2.3/24")), gateway: IPAddress("10.1.2.1"))
      ]
    )
    #expect(try folder.content(of: "pool.stdin") == Self.config)
    #expect(try folder.content(of: "pool.command") == "ADD\n")
  }

  @Test func `every other command is forwarded`() throws {
    try folder.write("pool", #"echo "$CNI_COMMAND" >> "$0.commands""#)
    let ipam = try ipam(Self.config)

    try ipam.run(.check)
    try ipam.status()
    try ipam.run(.collectGarbage)
    try ipam.run(.delete)

    #expect(try folder.content(of: "pool.commands") == "CHECK\nSTATUS\nGC\nDEL\n")
  }

  @Test func `STATUS without the IPAM plugin says that this one is unavailable`() throws {
    let missing = #expect(throws: CNIError.self) {
      try ipam(Self.config, in: ["/nowhere"]).status()
    }

    #expect(missing?.code == .notAvailable)
  }

  @Test func `a plugin cannot delegate to itself`() throws {
    try folder.write("pool", "exit 0")
    let own = #"{"name":"n","cniVersion":"1.1.0","type":"pool","ipam":{"type":"pool"}}"#

    let refusal = #expect(throws: CNIError.self) { try ipam(own) }

    #expect(refusal?.code == .invalidConfiguration)
    #expect(refusal?.message.contains(#""ipam.type" "pool""#) == true)
  }

  @Test func `an ADD that fails is followed by DEL, and its error object comes unchanged`() throws {
    try folder.write(
      "pool",
      """
      echo "$CNI_COMMAND" >> "$0.commands"; echo noise >&2
      printf '%s' '{"cniVersion":"1.1.0","code":123,"msg":"no <address> left","details":"a \\"b\\""}'
      exit 1
      """
    )

    #expect(
      throws: CNIError(CNIErrorCode(rawValue: 123), "no <address> left", details: #"a "b""#)
    ) {
      try ipam(Self.config).add()
    }
    #expect(try folder.content(of: "pool.commands") == "ADD\nDEL\n")
  }

  @Test(arguments: [
    ("echo it broke >&2; echo again >&2; exit 3", "with exit status 3: it broke again"),
    ("exit 2", "with exit status 2"),
    ("kill -9 $$", "with signal 9"),
    ("echo 'not JSON'; exit 1", "with exit status 1 and no error object: not JSON"),
    ("echo '{}'; exit 1", "with exit status 1 and no error object: {}"),
  ])
  func `a failure without an error object says how it ended`(
    script: String,
    ending: String
  ) throws {
    try folder.write("pool", script)

    #expect(throws: CNIError(.internalFailure, "plugin 'pool' failed in DEL \(ending)")) {
      try ipam(Self.config).run(.delete)
    }
  }

  @Test(arguments: [
    (
      "echo '{'",
      "line 2, column 0: string or '}' expected near end of file"
    ),
    ("true", "line 1, column 0: the text is empty"),
    (
      #"echo '{"ips":[{"address":5}]}'"#,
      #"invalid "ips[0].address" 5 (must be a string)"#
    ),
  ])
  func `a result that cannot be read is an error`(script: String, reason: String) throws {
    try folder.write("pool", script)

    #expect(
      throws: CNIError(
        .decodingFailure,
        "cannot read the result of IPAM plugin 'pool': \(reason)"
      )
    ) {
      try ipam(Self.config).add()
    }
  }

  @Test(arguments: ["null", "{}", #"{"ips":[]}"#, #"{"ips":null,"routes":[]}"#])
  func `a reply without addresses is an error, and reservations are released`(
    answer: String
  ) throws {
    try folder.write("pool", "echo \"$CNI_COMMAND\" >> \"$0.commands\"; echo '\(answer)'")

    #expect(throws: CNIError(.internalFailure, "IPAM plugin returned missing IP config")) {
      try ipam(Self.config).add()
    }
    #expect(try folder.content(of: "pool.commands") == "ADD\nDEL\n")
  }

  @Test(arguments: [
    (#""scope":300"#, #"scope" 300 (must be an integer between 0 and 255)"#),
    (#""mtu":-1"#, #"mtu" -1 (must be an integer between 0 and 4294967295)"#),
  ])
  func `an impossible route is an error, and the lease is released`(
    member: String,
    fault: String
  ) throws {
    try folder.write(
      "pool",
      """
      echo "$CNI_COMMAND" >> "$0.commands"
      echo '{"ips":[{"address":"10.1.2.3/24"}],"routes":[{"dst":"0.0.0.0/0",\(member)}]}'
      """
    )

    let error = #expect(throws: CNIError.self) { try ipam(Self.config).add() }

    #expect(error?.message.hasSuffix(#"'pool': invalid "routes[0].\#(fault)"#) == true)
    #expect(try folder.content(of: "pool.commands") == "ADD\nDEL\n")
  }

  @Test func `a result of a version other than the configuration's is read correctly`() throws {
    try folder.write("pool", #"echo '{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.2/8"}}'"#)

    let result = try ipam(Self.config).add()

    #expect(result.addresses == [.init(prefix: try #require(IPPrefix("10.0.0.2/8")))])
  }

  @Test func `the first folder with a regular file of the name counts`() throws {
    let other = try ScriptFolder()
    try folder.write("pool", "echo null")
    try other.write("pool", "exit 7")

    try ipam(Self.config, in: [folder.path, other.path]).run(.delete)
    #expect(throws: CNIError.self) {
      try ipam(Self.config, in: [other.path, folder.path]).run(.delete)
    }
  }

  @Test(arguments: [
    ("nope", "999: failed to find plugin \"nope\" in path [/a /b]"),
    ("..", "999: failed to find plugin \"..\" in path [/a /b]"),
    ("../pool", "7: invalid plugin name: ../pool"),
  ])
  func `a plugin that cannot be found is named`(type: String, message: String) throws {
    let ipam = try ipam(#"{"name":"n","ipam":{"type":"\#(type)"}}"#, in: ["/a", "/b"])

    let error = #expect(throws: CNIError.self) { try ipam.run(.delete) }

    #expect(error.map { "\($0.code.rawValue): \($0.message)" } == message)
  }

  @Test(arguments: [
    #"[]"#, #""""#, #"5"#, #"{"type":5}"#, #"{"type":""}"#, #"{"type":"../pool"}"#, "{}", "null",
  ])
  func `an ipam that ADD refuses does not keep DEL from succeeding`(ipam: String) throws {
    let text = #"{"name":"n","ipam":\#(ipam)}"#
    let network = try NetworkConfiguration(configuration(text), document: Array(text.utf8))

    #expect(throws: Never.self) { try request(network).releaseAddresses() }
  }

  @Test func `DEL releases addresses through the configured plugin`() throws {
    try folder.write("pool", #"echo "$CNI_COMMAND" >> "$0.commands""#)
    let network = try NetworkConfiguration(
      configuration(Self.config),
      document: Array(Self.config.utf8)
    )

    try request(network).releaseAddresses()

    #expect(try folder.content(of: "pool.commands") == "DEL\n")
  }

  private func request(_ network: NetworkConfiguration) throws -> AttachmentRequest {
    AttachmentRequest(
      attachment: Attachment(
        network: network.name,
        containerID: "c1",
        containerInterface: try #require(InterfaceName("net1"))
      ),
      namespacePath: nil,
      arguments: Arguments(""),
      configuration: network,
      pluginDirectories: [folder.path]
    )
  }

  @Test func `a plugin that cannot be run is named`() throws {
    let path = try folder.write("pool", "true", mode: 0o644)

    let error = #expect(throws: CNIError.self) { try ipam(Self.config).run(.delete) }

    #expect(error?.message == "cannot run '\(path)': Permission denied")
    #expect(error?.details == "delegated DEL to plugin 'pool'")
  }
}
