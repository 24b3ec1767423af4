// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux

// A runtime passes a command in the environment and no arguments.
if ThisProcess.variable("CNI_COMMAND") == nil, ThisProcess.arguments.dropFirst().first == "dhcp" {
  AddressServiceMain.run(Array(ThisProcess.arguments.dropFirst(2)))
}
PluginMain.run(MasqueradePlugin())

/// The plugin; each command of the protocol has its own type.
struct MasqueradePlugin: Plugin {
  let name = "masquerade"
  let version = "0.1.0"
  let knownArguments = MasqueradeConfiguration.arguments

  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError) {
    try AddCommand(request).run(report)
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
