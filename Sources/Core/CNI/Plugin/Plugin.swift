// SPDX-License-Identifier: Apache-2.0

/// What a plugin does; `PluginMain` does the rest of the protocol.
///
/// Nothing here writes to standard output. A request that arrives is judged as far as the protocol
/// goes: required variables, names, version, and that CNI_NETNS is not the plugin's own namespace.
/// Of the configuration only name and version are; a plugin reads the rest on demand.
package protocol Plugin {
  /// The name of the executable.
  var name: String { get }

  /// The version of the executable, as `CNI_COMMAND` left empty shows it.
  var version: String { get }

  /// The keys of CNI_ARGS that ADD and CHECK accept without `IgnoreUnknown`.
  var knownArguments: [String] { get }

  /// Makes an attachment and hands its result over, as the last thing it does. A failure, that of
  /// `report` included, leaves nothing behind.
  func add(
    _ request: AttachmentRequest,
    report: (AddResult) throws(CNIError) -> Void
  ) throws(CNIError)

  /// Takes an attachment away. What is gone already is success.
  func delete(_ request: AttachmentRequest) throws(CNIError)

  /// Verifies that an attachment is as ADD left it.
  func check(_ request: AttachmentRequest) throws(CNIError)

  /// Takes away what belongs to no valid attachment of the network.
  func collectGarbage(_ request: NetworkRequest) throws(CNIError)

  /// Verifies that ADD can succeed; its failure has the code `notAvailable`.
  func status(_ request: NetworkRequest) throws(CNIError)
}
