// SPDX-License-Identifier: Apache-2.0

/// A physical function's settings for one virtual function (`linux/if_link.h`, IFLA_VF_INFO).
package struct VFSettings: Hashable, Sendable {
  /// The index of the virtual function.
  package var index: VFIndex
  /// The administrative address; all zero if the virtual function chooses its own.
  package var mac: MACAddress?
  /// The VLAN of its untagged frames.
  package var vlan: VFVLAN
  /// Its rates.
  package var rate: VFRate
  /// Whether frames with a foreign source address are dropped; nil if unknown to the driver.
  package var checksSpoofing: Bool?
  /// Whether it may change its address and receive everything; nil if unknown to the driver.
  package var isTrusted: Bool?
  /// Whether its link follows the wire.
  package var linkState: VFLinkState?

  /// Creates settings; by default those of a new virtual function.
  package init(
    index: VFIndex,
    mac: MACAddress? = nil,
    vlan: VFVLAN = .none,
    rate: VFRate = VFRate(),
    checksSpoofing: Bool? = nil,
    isTrusted: Bool? = nil,
    linkState: VFLinkState? = nil
  ) {
    self.index = index
    self.mac = mac
    self.vlan = vlan
    self.rate = rate
    self.checksSpoofing = checksSpoofing
    self.isTrusted = isTrusted
    self.linkState = linkState
  }
}

/// Settings of a virtual function to change; nil keeps a setting.
package struct VFChange: Hashable, Sendable {
  /// The administrative address; all zero lets the virtual function choose its own.
  package var mac: MACAddress?
  /// The VLAN of its untagged frames.
  package var vlan: VFVLAN?
  /// Its rates.
  package var rate: VFRate?
  /// Whether frames with a foreign source address are dropped.
  package var checksSpoofing: Bool?
  /// Whether it may change its address and receive everything.
  package var isTrusted: Bool?
  /// Whether its link follows the wire.
  package var linkState: VFLinkState?

  /// Creates a change of the given settings only.
  package init(
    mac: MACAddress? = nil,
    vlan: VFVLAN? = nil,
    rate: VFRate? = nil,
    checksSpoofing: Bool? = nil,
    isTrusted: Bool? = nil,
    linkState: VFLinkState? = nil
  ) {
    self.mac = mac
    self.vlan = vlan
    self.rate = rate
    self.checksSpoofing = checksSpoofing
    self.isTrusted = isTrusted
    self.linkState = linkState
  }

  /// Whether nothing would change.
  package var isEmpty: Bool { self == VFChange() }
}

extension VFChange {
  /// The part of a requested change that the virtual function does not have yet.
  ///
  /// For drivers a repeated write has a meaning (igb locks an address that is written), so values
  /// already set are never written.
  package func missing(in settings: VFSettings) -> VFChange {
    VFChange(
      mac: mac == settings.mac ? nil : mac,
      vlan: vlan == settings.vlan ? nil : vlan,
      rate: rate == settings.rate ? nil : rate,
      checksSpoofing: checksSpoofing == settings.checksSpoofing ? nil : checksSpoofing,
      isTrusted: isTrusted == settings.isTrusted ? nil : isTrusted,
      linkState: linkState == settings.linkState ? nil : linkState
    )
  }

  /// The part of a change still to be made: an address is written even if it is already set, since
  /// only then the guest may not choose another.
  package func left(in settings: VFSettings) -> VFChange {
    var left = missing(in: settings)
    left.mac = mac
    return left
  }

  /// The change that sets everything in some settings, except those that drivers do not report.
  package init(everythingOf settings: VFSettings) {
    self.init(
      mac: settings.mac,
      vlan: settings.vlan,
      rate: settings.rate,
      checksSpoofing: settings.checksSpoofing,
      isTrusted: settings.isTrusted,
      linkState: settings.linkState
    )
  }

  /// The changes of one setting each, in the order in which the kernel applies them.
  package var single: [VFChange] {
    [
      VFChange(mac: mac), VFChange(vlan: vlan), VFChange(rate: rate),
      VFChange(checksSpoofing: checksSpoofing), VFChange(linkState: linkState),
      VFChange(isTrusted: isTrusted),
    ].filter { !$0.isEmpty }
  }
}

extension VFChange: CustomStringConvertible {
  /// The settings in the syntax of iproute2's `ip link set dev PF vf N …`.
  package var description: String {
    let settings = [
      mac.map { "mac \($0)" }, vlan.map { "vlan \($0)" },
      rate.map {
        "min_tx_rate \($0.minimumMegabitsPerSecond) max_tx_rate \($0.maximumMegabitsPerSecond)"
      },
      checksSpoofing.map { "spoofchk \($0 ? "on" : "off")" },
      linkState.map { "link_state \($0.rawValue)" },
      isTrusted.map { "trust \($0 ? "on" : "off")" },
    ]
    return settings.compactMap { $0 }.joined(separator: ", ")
  }
}
