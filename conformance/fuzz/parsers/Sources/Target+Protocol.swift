// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

@testable import CNI
@testable import cnv_bridge
@testable import masquerade
@testable import sriov

/// A plugin that judges configurations as one of the three does, and touches no kernel.
private struct Judge: Plugin {
  let name: String
  let version = "0"
  let knownArguments: [String]
  let judge: @Sendable (AttachmentRequest) throws(CNIError) -> Void

  static let all = [
    Judge(name: "cnv-bridge", knownArguments: BridgeConfiguration.arguments) {
      request throws(CNIError) in _ = try BridgeConfiguration(request)
    },
    Judge(name: "sriov", knownArguments: SRIOVConfiguration.arguments) {
      request throws(CNIError) in _ = try SRIOVConfiguration(request)
    },
    Judge(name: "masquerade", knownArguments: MasqueradeConfiguration.arguments) {
      request throws(CNIError) in _ = try MasqueradeConfiguration(request)
    },
  ]

  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError) {
    try judge(request)
    _ = try request.ipam()
    try report(try request.configuration.previousResult() ?? AddResult())
  }

  func check(_ request: AttachmentRequest) throws(CNIError) { try judge(request) }

  func delete(_ request: AttachmentRequest) throws(CNIError) {}

  func collectGarbage(_ request: NetworkRequest) throws(CNIError) {
    _ = try request.configuration.validAttachments()
  }

  func status(_ request: NetworkRequest) throws(CNIError) {}
}

extension Target {
  /// The largest answer to an error: messages are bounded, and of the input a part is quoted.
  private static let errorLimit = 16384

  /// A plugin's number, the variables with a NUL after each, and standard input.
  func feedCall(_ bytes: [UInt8]) {
    guard let number = bytes.first else { return }
    let fields = bytes.dropFirst().split(
      separator: 0,
      maxSplits: Environment.Variable.allCases.count,
      omittingEmptySubsequences: false
    )
    var values: [String: String] = [:]
    for (variable, field) in zip(Environment.Variable.allCases, fields.dropLast()) {
      values[variable.rawValue] = String(decoding: field, as: UTF8.self)
    }
    let document = Array(fields.last ?? [])
    let call = Call(
      environment: Environment { [values] variable in values[variable.rawValue] },
      readInput: { () throws(KernelError) in document },
      readInputIfReady: { document },
      writeOutput: { _ in },
      isOwnNamespace: { _ in false },
      deferTermination: {}
    )
    let reply = Dispatcher(plugin: Judge.all[Int(number) % Judge.all.count], call: call).reply()
    require([0, 1].contains(reply.exitStatus), "the exit status is 0 or 1")
    guard reply.exitStatus == 1 else { return }
    require(reply.output.count <= Self.errorLimit, "an error has \(reply.output.count) bytes")
    guard case .object(let error)? = try? JSON.parse(reply.output),
      case .integer(let code)? = error.value(named: "code"),
      case .string(let message)? = error.value(named: "msg")
    else { return require(false, "an error is an object with code and message") }
    require(code > 0 && !message.isEmpty, "an error has a code and a message")
    require(!message.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a message is one line")
  }

  func feedJSON(_ bytes: [UInt8]) {
    guard let value = try? JSON.parse(bytes) else { return }
    for layout in [JSONText.Layout.compact, .indented] {
      let text = JSONText(value, layout).bytes
      guard let again = try? JSON.parse(text) else { return require(false, "own text is JSON") }
      require(JSONText(again, layout).bytes == text, "a value keeps its text")
    }
  }

  func feedResult(_ bytes: [UInt8]) {
    guard case .object(let object)? = try? JSON.parse(bytes),
      let result = try? AddResult(ConfigurationObject(object), assuming: .latest)
    else { return }
    guard let written = try? result.json(for: .latest) else { return }
    guard case .object(let document)? = try? JSON.parse(JSONText(written, .indented).bytes),
      let again = try? AddResult(ConfigurationObject(document), assuming: .latest)
    else { return require(false, "own result is read") }
    require(again == result, "a result is read as it was written")
  }

  func feedArguments(_ bytes: [UInt8]) {
    let arguments = Arguments(String(decoding: bytes, as: UTF8.self))
    do throws(CNIError) {
      try arguments.judge(knowing: ["MAC"])
    } catch {
      require(error.message.utf8.count <= Self.errorLimit, "a message is bounded")
    }
    require((arguments["MAC"] ?? "").utf8.count <= bytes.count * 3, "a value is part of the text")
  }
}
