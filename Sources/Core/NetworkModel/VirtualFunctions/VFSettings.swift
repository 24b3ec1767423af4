// SPDX-License-Identifier: Apache-2.0

/// What a physical function knows of one virtual function (`linux/if_link.h`, IFLA_VF_INFO).
package struct VFSettings: Hashable, Sendable {
  /// The number of the virtual function.
  package var index: VFIndex
  /// The administrative address; all zero where the virtual function chooses its own.
  package var mac: MACAddress?
  /// The VLAN of its untagged frames.
  package var vlan: VFVLAN
  /// Its bandwidth.
  package var rate: VFRate
  /// Whether frames from a foreign source address are dropped; nil where the driver says nothing.
  package var checksSpoofing: Bool?
  /// Whether it may change its address and receive everything; nil where the driver says nothing.
  package var isTrusted: Bool?
  /// Whether it sees the wire's state.
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

/// Settings of a virtual function to change; nil leaves one as it is.
package struct VFChange: Hashable, Sendable {
  /// The administrative address; all zero lets the virtual function choose its own.
  package var mac: MACAddress?
  /// The VLAN of its untagged frames.
  package var vlan: VFVLAN?
  /// Its bandwidth.
  package var rate: VFRate?
  /// Whether frames from a foreign source address are dropped.
  package var checksSpoofing: Bool?
  /// Whether it may change its address and receive everything.
  package var isTrusted: Bool?
  /// Whether it sees the wire's state.
  package var linkState: VFLinkState?

  /// Creates a change of nothing but what is named.
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
  /// The part of a wanted change that the virtual function does not have yet.
  ///
  /// Drivers give meaning to a value written a second time (igb locks the address it is given), so
  /// what is there already is never written.
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

  /// The part of a change that is still to be made: an address is written even where it is there,
  /// since only then may the guest not choose another.
  package func left(in settings: VFSettings) -> VFChange {
    var left = missing(in: settings)
    left.mac = mac
    return left
  }

  /// The change that gives a virtual function all of some settings, but for what drivers say
  /// nothing of.
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
  /// The settings as iproute2's `ip link set dev PF vf N …` takes them.
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
