// SPDX-License-Identifier: Apache-2.0

/// The plugin's part of the protocol; `PluginMain` does the rest.
///
/// Nothing here writes to standard output. A request has been validated as far as the protocol
/// goes: required variables, names, version, and that CNI_NETNS is not the plugin's own namespace.
/// Of the configuration only name and version have been; a plugin reads the rest on demand.
package protocol Plugin {
  /// The name of the executable.
  var name: String { get }

  /// The version of the executable, as shown without `CNI_COMMAND`.
  var version: String { get }

  /// The keys of CNI_ARGS that ADD and CHECK accept without `IgnoreUnknown`.
  var knownArguments: [String] { get }

  /// Makes an attachment and delivers its result as the last step. A failure, including one of
  /// `report`, leaves nothing behind.
  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError)

  /// Removes an attachment. What is already gone counts as success.
  func delete(_ request: AttachmentRequest) throws(CNIError)

  /// Verifies that an attachment is in the state ADD left.
  func check(_ request: AttachmentRequest) throws(CNIError)

  /// Removes everything that belongs to no valid attachment of the network.
  func collectGarbage(_ request: NetworkRequest) throws(CNIError)

  /// Verifies that ADD can succeed; a failure has the code `notAvailable`.
  func status(_ request: NetworkRequest) throws(CNIError)
}

/// An operation of the protocol, the value of CNI_COMMAND.
package enum Command: String, CaseIterable, Sendable {
  case add = "ADD"
  case check = "CHECK"
  case delete = "DEL"
  case collectGarbage = "GC"
  case status = "STATUS"
  case version = "VERSION"
}
