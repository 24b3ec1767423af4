// SPDX-License-Identifier: Apache-2.0

import CNI

PluginMain.run(SRIOVPlugin())

/// The plugin; each command of the protocol has its own type.
struct SRIOVPlugin: Plugin {
  let name = "sriov"
  let version = "0.1.0"
  let knownArguments = SRIOVConfiguration.arguments

  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError) {
    try CommandLog(Command.add, request).around { () throws(CNIError) in
      var command = try AddCommand(request)
      try command.run(report)
    }
  }

  func delete(_ request: AttachmentRequest) throws(CNIError) {
    try CommandLog(Command.delete, request).around { () throws(CNIError) in
      try DelCommand(request).run()
    }
  }

  func check(_ request: AttachmentRequest) throws(CNIError) {
    try CommandLog(Command.check, request).around { () throws(CNIError) in
      try CheckCommand(request).run()
    }
  }

  func collectGarbage(_ request: NetworkRequest) throws(CNIError) {
    try GCCommand(request).run()
  }

  func status(_ request: NetworkRequest) throws(CNIError) {
    try StatusCommand(request).run()
  }
}
