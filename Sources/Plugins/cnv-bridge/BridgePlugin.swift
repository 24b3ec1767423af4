// SPDX-License-Identifier: Apache-2.0

import CNI

/// The plugin: each command of the protocol is a type of its own.
struct BridgePlugin: Plugin {
  let name = "cnv-bridge"
  let version = "0.1.0"
  let knownArguments = ["MAC"]

  func add(_ request: AttachmentRequest) throws(CNIError) -> AddResult {
    var addition = try Addition(request)
    return try addition.run()
  }

  func delete(_ request: AttachmentRequest) throws(CNIError) {
    try Removal(request).run()
  }

  func check(_ request: AttachmentRequest) throws(CNIError) {
    try Inspection(request).run()
  }

  func collectGarbage(_ request: NetworkRequest) throws(CNIError) {
    try GarbageCollection(request).run()
  }

  func status(_ request: NetworkRequest) throws(CNIError) {
    try Readiness(request).run()
  }
}
