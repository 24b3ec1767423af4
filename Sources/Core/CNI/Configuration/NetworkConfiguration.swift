// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// The network configuration from standard input.
///
/// Only what every command needs is validated when the value is created: the name and the version.
/// The rest is read on demand, so that DEL can continue if ADD would refuse.
package struct NetworkConfiguration: Sendable {
  /// The document byte for byte, as a delegate receives it.
  package let document: [UInt8]

  /// The whole configuration, for the plugin's own keys.
  package let root: ConfigurationObject

  /// The network's name: an alphanumeric character, then alphanumeric characters and `_.-`.
  package let name: String

  /// The version of the protocol; 0.1.0 if the configuration names none.
  package let version: SpecVersion

  /// Returns the DNS settings, or nil if the configuration has none.
  package func dns() throws(CNIError) -> DNS? {
    guard let object = try root["dns"].object() else { return nil }
    let isSet = DNS.keys.contains { object[$0].value != nil }
    return isSet ? try DNS(object) : nil
  }

  /// Returns the `ipam` section, or nil if it is missing or empty.
  package func ipam() throws(CNIError) -> ConfigurationObject? {
    guard let object = try root["ipam"].object(), !object.object.members.isEmpty else { return nil }
    return object
  }

  /// Returns the arguments that the runtime passes in `args.cni`.
  package func arguments() throws(CNIError) -> ConfigurationObject? {
    try root["args"].object()?["cni"].object()
  }

  /// Returns the values of the capabilities declared by the configuration.
  package func runtimeConfiguration() throws(CNIError) -> ConfigurationObject? {
    try root["runtimeConfig"].object()
  }

  /// Returns the result of the previous plugin, or of the ADD to check, or nil if there is none.
  package func previousResult() throws(CNIError) -> AddResult? {
    guard let object = try root["prevResult"].object() else { return nil }
    return try AddResult(object, assuming: version)
  }

  /// Returns the attachments that GC keeps; every other one of this network is garbage.
  ///
  /// The key is required, since omitting it does not mean that nothing is in use; libcni writes an
  /// empty list as `null`. It also sends the key of an early draft of the specification, which is
  /// used if the other has no list.
  package func validAttachments() throws(CNIError) -> [Attachment] {
    let keys = ["cni.dev/valid-attachments", "cni.dev/attachments"]
    guard keys.contains(where: { root.object.value(named: $0) != nil }) else {
      throw root[keys[0]].invalid("GC needs the list of attachments to keep")
    }
    let list = keys.map { root[$0] }.first { $0.value != nil }
    return try list?.list { element throws(CNIError) in
      guard let object = try element.object() else { return nil }
      guard let containerID = try object["containerID"].string(),
        let interfaceName = try object["ifname"].string()
      else { throw element.invalid(#"must have "containerID" and "ifname""#) }
      // No attachment can have an invalid interface name.
      return InterfaceName(interfaceName).map {
        Attachment(network: name, containerID: containerID, containerInterface: $0)
      }
    } ?? []
  }
}
