// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The state of an attachment in its pod's namespace.
struct AttachmentObservation: Equatable {
  /// The pod's interface.
  var uplink: Link?
  /// The bridge.
  var bridge: Link?
  /// Its addresses.
  var bridgeAddresses: [IPPrefix] = []
  /// The tap.
  var tap: Link?
  /// The values of kernel settings.
  var settings: SmallDictionary<String, String> = [:]
  /// The rules; nil without the table.
  var ruleset: Ruleset?
}
