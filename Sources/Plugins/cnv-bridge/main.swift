// SPDX-License-Identifier: Apache-2.0

import CNI

PluginMain.run(BridgePlugin())

/// The plugin; each command of the protocol has its own type.
struct BridgePlugin: Plugin {
  let name = "cnv-bridge"
  let version = "0.1.0"
  let knownArguments = BridgeConfiguration.arguments

  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError) {
    var command = try AddCommand(request)
    try command.run(report)
  }

  func delete(_ request: AttachmentRequest) throws(CNIError) {
    try DelCommand(request).run()
  }

  func check(_ request: AttachmentRequest) throws(CNIError) {
    try CheckCommand(request).run()
  }

  func collectGarbage(_ request: NetworkRequest) throws(CNIError) {
    try GCCommand(request).run()
  }

  func status(_ request: NetworkRequest) throws(CNIError) {
    try StatusCommand(request).run()
  }
}
