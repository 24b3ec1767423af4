// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// A request about one attachment: ADD, CHECK or DEL.
package struct AttachmentRequest: Sendable {
  /// The attachment that the request is about.
  package let attachment: Attachment

  /// The path of the container's network namespace; only DEL may lack it.
  package let namespacePath: String?

  /// The pairs of CNI_ARGS.
  package let arguments: Arguments

  /// The network configuration.
  package let configuration: NetworkConfiguration

  /// The folders searched for delegates, from CNI_PATH.
  package let pluginDirectories: [String]
}

extension AttachmentRequest {
  /// Creates the request from variables that were validated for its command.
  init(_ environment: Environment, _ configuration: NetworkConfiguration) throws(CNIError) {
    let namespace = environment[.namespace]
    self.init(
      attachment: Attachment(
        network: configuration.name,
        containerID: environment[.containerID],
        containerInterface: try Environment.interfaceName(environment[.interfaceName])
      ),
      namespacePath: namespace.isEmpty ? nil : namespace,
      arguments: Arguments(environment[.arguments]),
      configuration: configuration,
      pluginDirectories: environment.pluginDirectories
    )
  }

  /// Returns the path of the namespace, which ADD and CHECK always have.
  /// - Throws: `CNIError` with `invalidEnvironment`.
  package func requiredNamespacePath() throws(CNIError) -> String {
    guard let namespacePath else { throw .missing([.namespace]) }
    return namespacePath
  }

  /// Returns the result of ADD, which CHECK needs.
  package func requiredPreviousResult() throws(CNIError) -> AddResult {
    if let previous = try configuration.previousResult() { return previous }
    throw CNIError(.invalidConfiguration, "Required prevResult missing")
  }

  /// Returns the MAC address requested by the runtime, or nil.
  ///
  /// `runtimeConfig.mac` overrides `args.cni.mac`, which overrides `MAC` in CNI_ARGS.
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

  /// The folders searched for delegates, from CNI_PATH.
  package let pluginDirectories: [String]
}
