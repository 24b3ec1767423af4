// SPDX-License-Identifier: Apache-2.0

/// A network interface as reported by the kernel at one moment (RTM_NEWLINK).
package struct Link: Hashable, Sendable {
  /// The index, unique within its namespace (`ifi_index`).
  package var index: Int32
  /// The name (IFLA_IFNAME).
  package var name: InterfaceName
  /// The kind of a virtual link, such as `veth` or `bridge` (IFLA_INFO_KIND).
  package var kind: String?
  /// The MAC address (IFLA_ADDRESS), nil if the link has none of 48 bits.
  package var mac: MACAddress?
  /// The MTU in bytes (IFLA_MTU).
  package var mtu: Int
  /// Whether it is administratively up (IFF_UP).
  package var isUp: Bool
  /// Whether promiscuous mode is set in the interface's flags (IFF_PROMISC).
  package var isPromiscuous: Bool
  /// Whether packets can pass (IFLA_OPERSTATE).
  package var operationalState: OperationalState
  /// The index of the bridge or bond it is a port of (IFLA_MASTER).
  package var master: Int32?
  /// The index of a veth's peer in the peer's namespace (IFLA_LINK).
  package var peer: Int32?
  /// The ID of that namespace (IFLA_LINK_NETNSID), nil if it is the link's own.
  package var peerNamespace: Int32?
  /// Its alternative names (IFLA_PROP_LIST, IFLA_ALT_IFNAME).
  package var alternativeNames: [AlternativeName] = []
  /// Other settings that every link has, if this kernel supports them.
  package var settings: [LinkSetting] = []
  /// The ways in which XDP programs are attached (IFLA_XDP).
  package var programs: [XDPMode] = []
  /// The device it belongs to, such as a PCI address (IFLA_PARENT_DEV_NAME, from Linux 5.14).
  package var parentDevice: String?
  /// The text that names the link's owner (IFLA_IFALIAS).
  package var alias: String?
  /// How IPv6 generates link-local addresses here (IFLA_INET6_ADDR_GEN_MODE), nil without IPv6.
  package var addressGeneration: AddressGeneration?
  /// The settings of a bridge, nil for any other kind.
  package var bridge: Bridge?
  /// The settings of a bridge port, nil for any other link.
  package var port: BridgePort?
  /// Whether it is a disabled, blocking or locked port (IFLA_BRPORT_STATE, IFLA_BRPORT_LOCKED).
  package var isBlockedPort = false
  /// Whether it is a port that the kernel can lock (IFLA_BRPORT_LOCKED, from Linux 5.16).
  package var isLockable = false

  /// Creates a description; omitted attributes are absent, or down.
  package init(
    index: Int32,
    name: InterfaceName,
    kind: String? = nil,
    mac: MACAddress? = nil,
    mtu: Int = 1500,
    isUp: Bool = false,
    operationalState: OperationalState = .unknown
  ) {
    self.index = index
    self.name = name
    self.kind = kind
    self.mac = mac
    self.mtu = mtu
    self.isUp = isUp
    self.isPromiscuous = false
    self.operationalState = operationalState
  }
}

extension Link {
  /// Whether it is an uplink among a bridge's ports: containers and VMs have veths and taps.
  package var isUplink: Bool { kind != "veth" && kind != "tun" }

  /// Whether its MAC address shows that a plugin created it under its present name.
  package var hasMark: Bool { mac.map { $0 == $0.marked(for: name) } ?? false }
}

/// The operational state of a link (RFC 2863 §3.1.14; `linux/if.h`, `IF_OPER_…`).
package enum OperationalState: UInt8, Hashable, Sendable {
  case unknown, notPresent, down, lowerLayerDown, testing, dormant, up
}

/// How IPv6 generates a link's own addresses (`linux/if_link.h`, `IN6_ADDR_GEN_MODE_…`).
package enum AddressGeneration: UInt8, Hashable, Sendable, CaseIterable {
  case eui64, none, stablePrivacy, random

  /// iproute2's `addrgenmode` name for the mode.
  package var text: String {
    switch self {
    case .eui64: "eui64"
    case .none: "none"
    case .stablePrivacy: "stable_secret"
    case .random: "random"
    }
  }
}

/// The settings of a bridge (IFLA_INFO_DATA of kind `bridge`).
package struct Bridge: Hashable, Sendable {
  /// Whether the bridge filters VLANs (IFLA_BR_VLAN_FILTERING).
  package var filtersVLANs: Bool
  /// The default PVID of a new port (IFLA_BR_VLAN_DEFAULT_PVID), nil for none.
  package var defaultPVID: VLANID?
  /// Whether the bridge runs STP (IFLA_BR_STP_STATE).
  package var runsSTP: Bool
  /// Whether its VLAN protocol is 802.1ad instead of 802.1Q (IFLA_BR_VLAN_PROTOCOL).
  package var tagsAreAD = false

  /// Creates the settings of a bridge.
  package init(filtersVLANs: Bool, defaultPVID: VLANID?, runsSTP: Bool = false) {
    self.filtersVLANs = filtersVLANs
    self.defaultPVID = defaultPVID
    self.runsSTP = runsSTP
  }
}

/// The settings of a bridge port (IFLA_INFO_SLAVE_DATA of kind `bridge`).
package struct BridgePort: Hashable, Sendable {
  /// Whether frames may leave through the port they came in on (IFLA_BRPORT_MODE).
  package var isHairpin: Bool
  /// Whether the port may not talk to other isolated ports (IFLA_BRPORT_ISOLATED).
  package var isIsolated: Bool

  /// Creates the settings of a port.
  package init(isHairpin: Bool, isIsolated: Bool) {
    self.isHairpin = isHairpin
    self.isIsolated = isIsolated
  }
}
