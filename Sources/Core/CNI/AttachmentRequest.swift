// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// A request about one attachment: ADD, CHECK or DEL.
package struct AttachmentRequest: Sendable {
  /// The container's identifier: an alphanumeric character, then any of these and `_.-`.
  package let containerID: String

  /// The name of the interface in the container.
  package let interfaceName: InterfaceName

  /// The path of the container's network namespace; only DEL may lack it.
  package let namespacePath: String?

  /// The pairs of CNI_ARGS.
  package let arguments: Arguments

  /// The network configuration.
  package let configuration: NetworkConfiguration

  /// The folders that hold delegates, from CNI_PATH.
  package let pluginDirectories: [String]

  /// The attachment that the request is about.
  package var attachment: Attachment {
    Attachment(
      network: configuration.name,
      containerID: containerID,
      containerInterface: interfaceName
    )
  }

  /// Returns the path of the namespace; for ADD and CHECK there always is one.
  /// - Throws: `CNIError` with `invalidEnvironment`.
  package func requiredNamespacePath() throws(CNIError) -> String {
    guard let namespacePath else { throw .missing([.namespace]) }
    return namespacePath
  }

  /// Returns the MAC address that the runtime asks for, or nil.
  ///
  /// `runtimeConfig.mac` beats `args.cni.mac`, which beats `MAC` in CNI_ARGS.
  package func requestedMACAddress() throws(CNIError) -> MACAddress? {
    if let mac = try configuration.runtimeConfiguration()?["mac"].macAddress() { return mac }
    if let mac = try configuration.arguments()?["mac"].macAddress() { return mac }
    return try arguments.macAddress()
  }
}

/// A request about a whole network: GC or STATUS.
package struct NetworkRequest: Sendable {
  /// The network configuration.
  package let configuration: NetworkConfiguration

  /// The folders that hold delegates, from CNI_PATH.
  package let pluginDirectories: [String]
}
