// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

extension ConfigurationValue {
  /// Reads a unicast MAC address; an empty string counts as absent, as in Go.
  package func macAddress() throws(CNIError) -> MACAddress? {
    guard let text = try string(), !text.isEmpty else { return nil }
    guard let address = MACAddress(text), address.isUnicast else {
      throw invalid("must be a unicast MAC address such as 02:00:00:00:00:01")
    }
    return address
  }

  /// Reads an IP address; an empty string counts as absent, as in Go.
  package func address() throws(CNIError) -> IPAddress? {
    guard let text = try string(), !text.isEmpty else { return nil }
    guard let address = IPAddress(text) else {
      throw invalid("must be an IP address such as 10.1.2.3 or fd00::1")
    }
    return address
  }

  /// Reads an address with its prefix length.
  package func prefix() throws(CNIError) -> IPPrefix? {
    guard let text = try string() else { return nil }
    guard let prefix = IPPrefix(text) else {
      throw invalid("must be an address with its prefix length such as 10.1.2.3/24 or fd00::1/64")
    }
    return prefix
  }

  /// Reads an interface name.
  package func interfaceName() throws(CNIError) -> InterfaceName? {
    guard let text = try string() else { return nil }
    guard let name = InterfaceName(text), name.isFree else {
      throw invalid(
        "must be an interface name: 1 to 15 bytes without / : % or blanks, not . .. all or default"
      )
    }
    return name
  }

}
