// SPDX-License-Identifier: Apache-2.0

/// Settings of a link to change in one message; nil leaves one as it is.
package struct LinkChange: Hashable, Sendable {
  /// The name it gets.
  package var name: InterfaceName?
  /// Whether it is up.
  package var isUp: Bool?
  /// Its Ethernet address.
  package var mac: MACAddress?
  /// Its largest packet in bytes.
  package var mtu: Int?
  /// Whether promiscuous mode is asked for.
  package var isPromiscuous: Bool?
  /// The text that names its owner; at most 255 bytes (`linux/if.h`, `IFALIASZ`).
  package var alias: String?
  /// How IPv6 makes its addresses; the kernel applies this after `isUp` of the same message.
  package var addressGeneration: AddressGeneration?
  /// The bridge it becomes a port of.
  package var bridge: InterfaceName?
  /// The settings as a port of a bridge.
  package var port: BridgePort?
  /// Whether a bridge filters VLANs.
  package var filtersVLANs: Bool?
  /// Another setting.
  package var setting: LinkSetting?
  /// The way in which an XDP program is attached that is detached.
  package var detachedProgram: XDPMode?

  /// Creates a change of nothing but what is named.
  package init(
    name: InterfaceName? = nil,
    isUp: Bool? = nil,
    mac: MACAddress? = nil,
    mtu: Int? = nil,
    isPromiscuous: Bool? = nil,
    alias: String? = nil,
    addressGeneration: AddressGeneration? = nil,
    bridge: InterfaceName? = nil,
    port: BridgePort? = nil,
    filtersVLANs: Bool? = nil,
    setting: LinkSetting? = nil,
    detachedProgram: XDPMode? = nil
  ) {
    self.name = name
    self.isUp = isUp
    self.mac = mac
    self.mtu = mtu
    self.isPromiscuous = isPromiscuous
    self.alias = alias
    self.addressGeneration = addressGeneration
    self.bridge = bridge
    self.port = port
    self.filtersVLANs = filtersVLANs
    self.setting = setting
    self.detachedProgram = detachedProgram
  }

  /// What switches off what this switches on, and on what it switches off; other settings stay.
  package var opposite: LinkChange {
    LinkChange(
      isUp: isUp.map { !$0 },
      isPromiscuous: isPromiscuous.map { !$0 },
      filtersVLANs: filtersVLANs.map { !$0 }
    )
  }

  /// Whether nothing would change.
  package var isEmpty: Bool { self == LinkChange() }
}
