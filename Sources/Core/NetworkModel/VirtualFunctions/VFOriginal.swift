// SPDX-License-Identifier: Apache-2.0

/// How a virtual function was before an attachment got it.
package struct VFOriginal: Hashable, Sendable {
  /// The settings that the physical function had; nil where it could not be asked.
  package var settings: VFSettings?
  /// The network interface as it was on the host; nil for one that a program in user space drives.
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

/// The network interface of a virtual function as it was on the host.
package struct HostInterface: Hashable, Sendable {
  /// Its name.
  package var name: InterfaceName
  /// Its address.
  package var mac: MACAddress?
  /// Its largest packet in bytes; nil where nobody knows.
  package var mtu: Int?
  /// Whether it was up.
  package var isUp: Bool
  /// The other names it had.
  package var alternativeNames: [AlternativeName]
  /// What else was set on it.
  package var settings: [LinkSetting]
  /// The ways in which XDP programs were attached.
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
