// SPDX-License-Identifier: Apache-2.0

/// Settings of a link to change in one message; nil keeps a setting.
package struct LinkChange: Hashable, Sendable {
  /// The new name.
  package var name: InterfaceName?
  /// Whether it is up.
  package var isUp: Bool?
  /// The MAC address.
  package var mac: MACAddress?
  /// The MTU in bytes.
  package var mtu: Int?
  /// Whether promiscuous mode is set.
  package var isPromiscuous: Bool?
  /// The owner's label; at most 255 bytes (`linux/if.h`, `IFALIASZ`).
  package var alias: String?
  /// How IPv6 generates addresses; the kernel applies this after `isUp` of the same message.
  package var addressGeneration: AddressGeneration?
  /// The bridge it becomes a port of.
  package var bridge: InterfaceName?
  /// The settings as a bridge port.
  package var port: BridgePort?
  /// Whether a bridge filters VLANs.
  package var filtersVLANs: Bool?
  /// Another setting.
  package var setting: LinkSetting?
  /// The mode of an XDP program to detach.
  package var detachedProgram: XDPMode?

  /// Creates a change of the given settings only.
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

  /// The change that reverts the switches in this one; other settings stay.
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
