// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel

extension Link {
  /// Parses an RTM_NEWLINK.
  init?(_ reply: NetlinkReply) {
    let headerSize = MemoryLayout<ifinfomsg>.size
    let attributes = reply.attributes(after: headerSize)
    guard reply.type == Int(RTM_NEWLINK),
      let index = reply.payload.dropFirst(4).integer(as: Int32.self),
      let flags = reply.payload.dropFirst(8).integer(as: UInt32.self),
      let name = attributes[IFLA_IFNAME].flatMap({
        // A name that is not UTF-8 gets U+FFFD in place of invalid bytes and is cut to fit: such a
        // link counts like any other, although it cannot be addressed by name.
        InterfaceName($0.text.beginning(bytes: InterfaceName.maximumLength))
      })
    else { return nil }
    self.init(index: index, name: name)
    isUp = flags & UInt32(IFF_UP) != 0
    isPromiscuous = flags & UInt32(IFF_PROMISC) != 0
    for attribute in attributes { read(attribute) }
    settings = LinkSetting.Kind.allCases.compactMap { kind in
      switch kind {
      case .flags: LinkSetting(.flags, HostOrder.bytes(flags & LinkSetting.settableFlags))
      case .alias: LinkSetting(.alias, Array((attributes[IFLA_IFALIAS] ?? []).prefix { $0 != 0 }))
      default: attributes[kind.attribute].map { LinkSetting(kind, Array($0)) }
      }
    }
  }

  private mutating func read(_ attribute: AttributeList.Attribute) {
    let payload = attribute.payload
    switch attribute.type {
    case IFLA_ADDRESS: mac = MACAddress(bytes: Array(payload))
    case IFLA_MTU: mtu = Int(payload.integer(as: UInt32.self) ?? 0)
    case IFLA_OPERSTATE:
      operationalState = payload.first.flatMap(OperationalState.init) ?? .unknown
    case IFLA_MASTER: master = payload.integer(as: Int32.self)
    case IFLA_LINK: peer = payload.integer(as: Int32.self)
    case IFLA_LINK_NETNSID: peerNamespace = payload.integer(as: Int32.self)
    case IFLA_IFALIAS: alias = payload.text
    case IFLA_PARENT_DEV_NAME: parentDevice = payload.text
    case IFLA_PROP_LIST:
      alternativeNames = AttributeList(payload).filter { $0.type == IFLA_ALT_IFNAME }
        .map { AlternativeName(bytes: Array($0.payload.prefix { $0 != 0 })) }
    case IFLA_XDP:
      let list = AttributeList(payload)
      programs = XDPMode.allCases.filter { list[$0.attribute] != nil }
    case IFLA_LINKINFO: readInfo(AttributeList(payload))
    case IFLA_AF_SPEC:
      let inet6 = AttributeList(payload).nested(AF_INET6)
      addressGeneration = inet6?[IFLA_INET6_ADDR_GEN_MODE]?.first
        .flatMap(AddressGeneration.init)
    default: break
    }
  }

  private mutating func readInfo(_ info: AttributeList) {
    kind = info[IFLA_INFO_KIND]?.text
    if kind == "bridge", let data = info.nested(IFLA_INFO_DATA) {
      bridge = Bridge(data)
    }
    if info[IFLA_INFO_SLAVE_KIND]?.text == "bridge",
      let data = info.nested(IFLA_INFO_SLAVE_DATA)
    {
      port = BridgePort(data)
      isLockable = data[IFLA_BRPORT_LOCKED] != nil
      let state = data[IFLA_BRPORT_STATE]?.first.map { Int32($0) }
      isBlockedPort =
        state == BR_STATE_DISABLED || state == BR_STATE_BLOCKING
        || data[IFLA_BRPORT_LOCKED]?.first == 1
    }
  }
}

extension Bridge {
  fileprivate init(_ data: AttributeList) {
    let pvid = data[IFLA_BR_VLAN_DEFAULT_PVID]?.integer(as: UInt16.self)
    self.init(
      filtersVLANs: data[IFLA_BR_VLAN_FILTERING]?.first == 1,
      defaultPVID: pvid.flatMap { VLANID(Int($0)) },
      runsSTP: data[IFLA_BR_STP_STATE]?.integer(as: UInt32.self).map { $0 != 0 } ?? false
    )
    tagsAreAD = data[IFLA_BR_VLAN_PROTOCOL].map { Array($0) == [0x88, 0xA8] } ?? false
  }
}

extension BridgePort {
  fileprivate init(_ data: AttributeList) {
    self.init(
      isHairpin: data[IFLA_BRPORT_MODE]?.first == 1,
      isIsolated: data[IFLA_BRPORT_ISOLATED]?.first == 1
    )
  }
}

extension LinkSetting.Kind {
  /// The attribute with the setting; the flags are in the header.
  var attribute: Int {
    switch self {
    case .flags: 0
    case .alias: IFLA_IFALIAS
    case .broadcast: IFLA_BROADCAST
    case .group: IFLA_GROUP
    case .mode: IFLA_LINKMODE
    case .queueLength: IFLA_TXQLEN
    case .segmentationSize: IFLA_GSO_MAX_SIZE
    case .segmentCount: IFLA_GSO_MAX_SEGS
    case .receiveSize: IFLA_GRO_MAX_SIZE
    // From Linux 6.3 on, newer than the headers here (linux/if_link.h).
    case .segmentationSizeIPv4: 63
    case .receiveSizeIPv4: 64
    }
  }
}

extension XDPMode {
  /// The attribute with the program's ID.
  fileprivate var attribute: Int {
    switch self {
    case .generic: IFLA_XDP_SKB_PROG_ID
    case .driver: IFLA_XDP_DRV_PROG_ID
    case .hardware: IFLA_XDP_HW_PROG_ID
    }
  }
}
