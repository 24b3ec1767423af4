// SPDX-License-Identifier: Apache-2.0

/// The state of a virtual function before an attachment got it.
package struct VFOriginal: Hashable, Sendable {
  /// The settings on the physical function; nil if that could not be asked.
  package var settings: VFSettings?
  /// The network interface on the host; nil with a user-space driver.
  package var interface: HostInterface?
  /// Whether ADD writes the administrative address, which forbids the virtual function to choose
  /// its own.
  package var setsMAC: Bool
  /// Whether the virtual function was already forbidden to choose its own address.
  package var isMACLocked: Bool

  /// Describes a virtual function.
  package init(
    settings: VFSettings?,
    interface: HostInterface?,
    setsMAC: Bool = false,
    isMACLocked: Bool = false
  ) {
    self.settings = settings
    self.interface = interface
    self.setsMAC = setsMAC
    self.isMACLocked = isMACLocked
  }
}

/// The original network interface of a virtual function on the host.
package struct HostInterface: Hashable, Sendable {
  /// Its name.
  package var name: InterfaceName
  /// Its MAC address.
  package var mac: MACAddress?
  /// Its MTU in bytes; nil if unknown.
  package var mtu: Int?
  /// Whether it was up.
  package var isUp: Bool
  /// Its alternative names.
  package var alternativeNames: [AlternativeName]
  /// Its other settings.
  package var settings: [LinkSetting]
  /// The modes in which XDP programs were attached.
  package var programs: [XDPMode]

  /// Creates a description.
  package init(
    name: InterfaceName,
    mac: MACAddress?,
    mtu: Int?,
    isUp: Bool = false,
    alternativeNames: [AlternativeName] = [],
    settings: [LinkSetting] = [],
    programs: [XDPMode] = []
  ) {
    self.name = name
    self.mac = mac
    self.mtu = mtu
    self.isUp = isUp
    self.alternativeNames = alternativeNames
    self.settings = settings
    self.programs = programs
  }

  /// Describes a link.
  package init(_ link: Link) {
    self.init(
      name: link.name,
      mac: link.mac,
      mtu: link.mtu,
      isUp: link.isUp,
      alternativeNames: link.alternativeNames,
      settings: link.settings,
      programs: link.programs
    )
  }
}
