// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import CNI

@Suite struct DeliveryTests {
  private let log = CallLog()

  private func dispatcher(
    _ command: String,
    version: String = "1.1.0",
    isTaken: Bool = true
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
      writeOutput: { bytes throws(KernelError) in
        guard isTaken || bytes.isEmpty else {
          throw KernelError(
            errno: 32,
            errnoText: "Broken pipe",
            operation: "write",
            object: "output"
          )
        }
        if !bytes.isEmpty { log.calls.append("output") }
      },
      isOwnNamespace: { _ in false },
      deferTermination: { log.calls.append("signals wait") }
    )
    return Dispatcher(plugin: LoggingPlugin(log: log), call: call)
  }

  @Test func `an ADD whose result cannot be delivered is undone`() {
    let dispatcher = dispatcher("ADD", isTaken: false)

    let status = dispatcher.deliver(dispatcher.reply())

    #expect(status == 1)
    #expect(log.calls == ["signals wait", "ADD", "5: cannot write output: Broken pipe"])
  }

  @Test func `an ADD whose result its version cannot express is undone`() {
    let reply = dispatcher("ADD", version: "0.2.0").reply()

    #expect(reply.exitStatus == 1)
    #expect(log.calls.count == 3)
    #expect(log.calls.last?.contains("0.2.0") == true)
  }

  @Test func `an ADD whose result is delivered stays`() {
    let dispatcher = dispatcher("ADD")

    let status = dispatcher.deliver(dispatcher.reply())

    #expect(status == 0)
    #expect(log.calls == ["signals wait", "ADD", "output"])
  }

  @Test(arguments: [
    ("DEL", ["signals wait", "DEL"]),
    ("GC", ["signals wait", "GC"]),
    ("CHECK", ["CHECK"]),
    ("STATUS", ["STATUS"]),
  ])
  func `no other command has a result, and those that change something are not interrupted`(
    command: String,
    calls: [String]
  ) {
    let dispatcher = dispatcher(command, isTaken: false)

    let status = dispatcher.deliver(dispatcher.reply())

    #expect(status == 0)
    #expect(log.calls == calls)
  }

  @Test func `an error that cannot be delivered is still a failure`() {
    let dispatcher = dispatcher("VERSION", isTaken: false)

    #expect(dispatcher.deliver(dispatcher.reply()) == 1)
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

  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError) {
    log.calls.append("ADD")
    do {
      try report(AddResult())
    } catch {
      log.calls.append("\(error.code.rawValue): \(error.message)")
      throw error
    }
  }

  func delete(_ request: AttachmentRequest) throws(CNIError) { log.calls.append("DEL") }

  func check(_ request: AttachmentRequest) throws(CNIError) { log.calls.append("CHECK") }

  func collectGarbage(_ request: NetworkRequest) throws(CNIError) { log.calls.append("GC") }

  func status(_ request: NetworkRequest) throws(CNIError) { log.calls.append("STATUS") }
}
