// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// What a guest behind its pod is told about its network.
package struct GuestFacts: Hashable, Sendable {
  /// The guest's address and gateway of one family.
  package struct Network: Hashable, Sendable {
    /// The bridge's address with the network's prefix: the guest's gateway and server.
    package var gateway: IPPrefix
    /// The address that is the guest's.
    package var guest: IPAddress

    /// Creates the facts of a network whose guest has the address after the gateway's; nil where
    /// that is none of the network's, or its last.
    package init?(gateway: IPPrefix) {
      guard let guest = gateway.address.successor, gateway.contains(guest),
        guest != gateway.broadcast
      else { return nil }
      self.gateway = gateway
      self.guest = guest
    }
  }

  /// The IPv4 network, nil where the pod has none.
  package var v4: Network?
  /// The IPv6 network, nil where the pod has none.
  package var v6: Network?
  /// The bridge's Ethernet address.
  package var bridgeMAC: MACAddress
  /// The largest packet in bytes.
  package var mtu: Int
  /// The host name, nil for none.
  package var hostname: DomainName?
  /// Where names are resolved.
  package var resolver = ResolverSettings()
  /// How long addresses may be used without asking again, in seconds; 4294967295 without an end.
  package var leaseSeconds: UInt32 = 86400
  /// What is told to guests that boot or keep time over the network.
  package var extras = Extras()

  /// Options that only some guests need; DHCPv4 alone carries them.
  package struct Extras: Hashable, Sendable {
    /// NTP servers (option 42); IPv4.
    package var ntpServers: [IPAddress] = []
    /// The name or address of a TFTP server (option 66; an IPv4 address in `siaddr` too).
    package var tftpServerName: String?
    /// The name of a boot file (option 67; up to 127 bytes in `file` too).
    package var bootFileName: String?
    /// Texts for options 224 to 254, which each site defines for itself.
    package var privateOptions: [UInt8: String] = [:]

    /// Creates options; by default none.
    package init() {}
  }

  /// Creates facts without a resolver, a name or a network.
  package init(bridgeMAC: MACAddress, mtu: Int) {
    self.bridgeMAC = bridgeMAC
    self.mtu = mtu
  }
}
