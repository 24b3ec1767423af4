// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// The network settings of a guest behind its pod.
package struct GuestFacts: Hashable, Sendable {
  /// The guest's address and gateway of one family.
  package struct Network: Hashable, Sendable {
    /// The bridge's address with the network's prefix: the guest's gateway and server.
    package var gateway: IPPrefix
    /// The guest's address.
    package var guest: IPAddress

    /// Creates the facts of a network whose guest has the address after the gateway's; nil if that
    /// is outside the network, or its last one.
    package init?(gateway: IPPrefix) {
      guard let guest = gateway.address.successor, gateway.contains(guest),
        guest != gateway.broadcast
      else { return nil }
      self.gateway = gateway
      self.guest = guest
    }
  }

  /// The IPv4 network, nil if the pod has none.
  package var v4: Network?
  /// The IPv6 network, nil if the pod has none.
  package var v6: Network?
  /// The bridge's MAC address.
  package var bridgeMAC: MACAddress
  /// The MTU in bytes.
  package var mtu: Int
  /// The host name, nil for none.
  package var hostname: DomainName?
  /// The resolver.
  package var resolver = ResolverSettings()
  /// The lease time in seconds; 4294967295 is infinite.
  package var leaseSeconds: UInt32 = 86400
  /// Options for guests that boot or synchronise time over the network.
  package var extras = Extras()

  /// Options that only some guests need; only DHCPv4 carries them.
  package struct Extras: Hashable, Sendable {
    /// NTP servers (option 42); IPv4.
    package var ntpServers: [IPAddress] = []
    /// The name or address of a TFTP server (option 66; an IPv4 address in `siaddr` too).
    package var tftpServerName: String?
    /// The name of a boot file (option 67; up to 127 bytes in `file` too).
    package var bootFileName: String?
    /// Texts for the site-specific options 224 to 254.
    package var privateOptions: [UInt8: String] = [:]

    /// Creates options, empty by default.
    package init() {}
  }

  /// Creates facts without a resolver, a name or a network.
  package init(bridgeMAC: MACAddress, mtu: Int) {
    self.bridgeMAC = bridgeMAC
    self.mtu = mtu
  }
}
