// SPDX-License-Identifier: Apache-2.0

import NetworkModel

@testable import CNI

/// A plugin whose answers tell which command reached it; it changes nothing.
struct SamplePlugin: Plugin {
  var name: String { "sample" }
  var version: String { "1.2.3" }
  var knownArguments: [String] { ["MAC"] }

  /// What ADD reports.
  var result = AddResult(interfaces: [.init(name: "net1")])

  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError) {
    _ = try request.requestedMACAddress()
    try report(result)
  }

  func delete(_ request: AttachmentRequest) throws(CNIError) {
    throw CNIError(CNIErrorCode(rawValue: 101), "DEL reached the plugin")
  }

  func check(_ request: AttachmentRequest) throws(CNIError) {
    throw CNIError(CNIErrorCode(rawValue: 102), "CHECK reached the plugin")
  }

  func collectGarbage(_ request: NetworkRequest) throws(CNIError) {
    throw CNIError(CNIErrorCode(rawValue: 103), "GC reached the plugin")
  }

  func status(_ request: NetworkRequest) throws(CNIError) {
    throw CNIError(CNIErrorCode(rawValue: 104), "STATUS reached the plugin")
  }
}

/// Bytes that were written.
private final class Output {
  var bytes: [UInt8] = []
}

/// Returns what the sample plugin answers to a call, with the result of ADD that it wrote itself.
func reply(
  _ environment: KeyValuePairs<Environment.Variable, String>,
  _ input: String,
  plugin: SamplePlugin = SamplePlugin(),
  isOwnNamespace: @escaping (String) -> Bool = { _ in false }
) -> Reply {
  let output = Output()
  let call = Call(
    environment: Environment(environment),
    readInput: { () throws(KernelError) in Array(input.utf8) },
    readInputIfReady: { Array(input.utf8) },
    writeOutput: { output.bytes += $0 },
    isOwnNamespace: isOwnNamespace,
    deferTermination: {}
  )
  var reply = Dispatcher(plugin: plugin, call: call).reply()
  reply.output = output.bytes + reply.output
  return reply
}

extension Environment {
  /// Creates an environment from values.
  init(_ values: KeyValuePairs<Variable, String>) {
    let values = Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value) })
    self.init { values[$0] }
  }
}

extension Reply {
  /// The error object's message, code and details, as `code: message (details)`.
  var error: String? {
    guard exitStatus == 1, case .object(let object) = try? JSON.parse(output),
      case .integer(let code) = object["code"], case .string(let text) = object["msg"]
    else { return nil }
    guard case .string(let details) = object["details"] else { return "\(code): \(text)" }
    return "\(code): \(text) (\(details))"
  }

  /// The output as text.
  var text: String { String(decoding: output, as: UTF8.self) }
}
