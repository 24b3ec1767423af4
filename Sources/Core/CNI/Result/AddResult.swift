// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// The result of ADD (CNI 1.1.0, "Add Success"), independent of its version.
package struct AddResult: Hashable, Sendable {
  /// The interfaces of the attachment, on the host and in the container.
  package var interfaces: [Interface]

  /// The addresses assigned.
  package var addresses: [Address]

  /// The routes added.
  package var routes: [Route]

  /// The settings for the container's resolver.
  package var dns: DNS

  /// Creates a result, empty by default.
  package init(
    interfaces: [Interface] = [],
    addresses: [Address] = [],
    routes: [Route] = [],
    dns: DNS = DNS()
  ) {
    self.interfaces = interfaces
    self.addresses = addresses
    self.routes = routes
    self.dns = dns
  }

  /// An interface of the attachment.
  package struct Interface: Hashable, Sendable {
    /// The name.
    package var name: String

    /// The hardware address as text: other plugins' interfaces may have non-Ethernet addresses.
    package var mac: String?

    /// The MTU in bytes.
    package var mtu: Int?

    /// The path of the interface's namespace, nil for the host's.
    package var sandbox: String?

    /// The path of the socket of a user-space device.
    package var socketPath: String?

    /// The PCI address of a device given to the container.
    package var pciID: String?

    /// Creates an interface.
    package init(
      name: String,
      mac: MACAddress? = nil,
      mtu: Int? = nil,
      sandbox: String? = nil,
      socketPath: String? = nil,
      pciID: String? = nil
    ) {
      self.name = name
      self.mac = mac?.description
      self.mtu = mtu
      self.sandbox = sandbox
      self.socketPath = socketPath
      self.pciID = pciID
    }

    /// Describes a link, in a namespace other than the host's if a path is given.
    package init(_ link: Link, in sandbox: String? = nil) {
      self.init(name: link.name.string, mac: link.mac, mtu: link.mtu, sandbox: sandbox)
    }

    /// The hardware address, nil if it is missing or not Ethernet; case does not matter.
    package var macAddress: MACAddress? { mac.flatMap { MACAddress($0) } }
  }

  /// An address assigned to the container.
  package struct Address: Hashable, Sendable {
    /// The address with its prefix length.
    package var prefix: IPPrefix

    /// The gateway of its network.
    package var gateway: IPAddress?

    /// The index in `interfaces` of the interface that has the address.
    package var interface: Int?

    /// Creates an address.
    package init(prefix: IPPrefix, gateway: IPAddress? = nil, interface: Int? = nil) {
      self.prefix = prefix
      self.gateway = gateway
      self.interface = interface
    }
  }
}
