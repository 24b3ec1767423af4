// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI

@Suite struct DeliveryTests {
  private let log = CallLog()

  private func dispatcher(
    _ command: String,
    version: String = "1.1.0"
  ) -> Dispatcher<LoggingPlugin> {
    let log = log
    let input = #"{"cniVersion":"\#(version)","name":"net","type":"sample"}"#
    let call = Call(
      environment: Environment([
        .command: command, .containerID: "c1", .namespace: "/run/netns/x", .interfaceName: "net1",
        .path: "/opt/cni/bin",
      ]),
      readInput: { () throws(KernelError) in Array(input.utf8) },
      readInputIfReady: { [] },
      isOwnNamespace: { _ in false },
      deferTermination: { log.calls.append("signals wait") }
    )
    return Dispatcher(plugin: LoggingPlugin(log: log), call: call)
  }

  private static func refuse(_ bytes: [UInt8]) throws(KernelError) {
    throw KernelError(errno: 32, errnoText: "Broken pipe", operation: "write", object: "output")
  }

  @Test func `an ADD whose result nobody takes is undone`() {
    let dispatcher = dispatcher("ADD")

    let status = dispatcher.deliver(dispatcher.reply(), by: Self.refuse)

    #expect(status == 1)
    #expect(log.calls == ["signals wait", "ADD", "DEL"])
  }

  @Test func `an ADD whose result its version cannot express is undone`() {
    let reply = dispatcher("ADD", version: "0.2.0").reply()

    #expect(reply.exitStatus == 1)
    #expect(log.calls == ["signals wait", "ADD", "DEL"])
  }

  @Test func `an ADD whose result is taken stays`() {
    let dispatcher = dispatcher("ADD")

    let status = dispatcher.deliver(dispatcher.reply()) { _ in }

    #expect(status == 0)
    #expect(log.calls == ["signals wait", "ADD"])
  }

  @Test(arguments: [
    ("DEL", ["signals wait", "DEL"]),
    ("GC", ["signals wait", "GC"]),
    ("CHECK", ["CHECK"]),
    ("STATUS", ["STATUS"]),
  ])
  func `nothing else is undone, and what changes something is not interrupted`(
    command: String,
    calls: [String]
  ) {
    let dispatcher = dispatcher(command)

    let status = dispatcher.deliver(dispatcher.reply(), by: Self.refuse)

    #expect(status == 1)
    #expect(log.calls == calls)
  }
}

/// What was called, in order.
private final class CallLog {
  var calls: [String] = []
}

private struct LoggingPlugin: Plugin {
  let name = "sample"
  let version = "1.2.3"
  let knownArguments: [String] = []
  let log: CallLog

  func add(_ request: AttachmentRequest) throws(CNIError) -> AddResult {
    log.calls.append("ADD")
    return AddResult()
  }

  func delete(_ request: AttachmentRequest) throws(CNIError) { log.calls.append("DEL") }

  func check(_ request: AttachmentRequest) throws(CNIError) { log.calls.append("CHECK") }

  func collectGarbage(_ request: NetworkRequest) throws(CNIError) { log.calls.append("GC") }

  func status(_ request: NetworkRequest) throws(CNIError) { log.calls.append("STATUS") }
}
