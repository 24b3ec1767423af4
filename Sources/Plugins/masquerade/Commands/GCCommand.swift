// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux
import NetworkModel

/// One GC: ends address services that outlived their attachments.
///
/// Everything else is in the pod's namespace and disappears with it.
struct GCCommand {
  private let network: String
  private let valid: [Attachment]

  /// Reads the list of valid attachments.
  init(_ request: NetworkRequest) throws(CNIError) {
    network = request.configuration.name
    valid = try request.configuration.validAttachments()
  }

  /// Ends the services of all others.
  func run() throws(CNIError) {
    try CNIError.refused(try AddressServiceRecord.endAll(of: network, except: valid))
  }
}
