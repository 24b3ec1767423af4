// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The plugin; each command of the protocol has its own type.
struct MasqueradePlugin: Plugin {
  let name = "masquerade"
  let version = "0.1.0"
  let knownArguments = ["K8S_POD_NAME"]

  /// The plugin's name in the labels of its objects, whatever its file name.
  static let labelName = "masquerade"

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
    try StatusCommand(request: request).run()
  }
}

extension Attachment {
  /// The label of this attachment's objects.
  var label: Label { Label(self, of: MasqueradePlugin.labelName) }
}
