// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import NetworkModel

/// The requests that create, change and delete links, as iproute2 encodes them.
enum LinkRequests {
  /// The request of `ip link add NAME index N type bridge …`.
  static func create(_ bridge: BridgeCreation) -> RouteMessage {
    let header = ifinfomsg(index: bridge.index ?? 0)
    var message = RouteMessage.change(RTM_NEWLINK, flags: Self.createFlags, header)
    message.put(IFLA_IFNAME, text: bridge.name.string)
    message.put(IFLA_ADDRESS, bytes: bridge.mac.bytes)
    if let mtu = bridge.mtu { message.put(IFLA_MTU, number: mtu) }
    message.nest(IFLA_LINKINFO) { info in
      info.put(IFLA_INFO_KIND, bytes: "bridge".utf8)
      guard bridge.filtersVLANs || !bridge.snoopsMulticast else { return }
      info.nest(IFLA_INFO_DATA) { data in
        if bridge.filtersVLANs { data.put(IFLA_BR_VLAN_FILTERING, UInt8(1)) }
        if !bridge.snoopsMulticast { data.put(IFLA_BR_MCAST_SNOOPING, UInt8(0)) }
      }
    }
    return message
  }

  /// The request of `ip link add NAME address MAC mtu N master BRIDGE type veth peer name PEER … netns NS`.
  ///
  /// The peer is created inside its namespace, so the pair is never visible elsewhere.
  static func create(
    _ veth: VethCreation,
    bridgeIndex: Int32?,
    peerNamespace: Int32?
  ) -> RouteMessage {
    var message = RouteMessage.change(RTM_NEWLINK, flags: Self.createFlags, ifinfomsg())
    message.put(IFLA_IFNAME, text: veth.name.string)
    if let mac = veth.mac { message.put(IFLA_ADDRESS, bytes: mac.bytes) }
    if let mtu = veth.mtu { message.put(IFLA_MTU, number: mtu) }
    if let bridgeIndex { message.put(IFLA_MASTER, bridgeIndex) }
    message.putOneQueue()
    message.nest(IFLA_LINKINFO) { info in
      info.put(IFLA_INFO_KIND, bytes: "veth".utf8)
      info.nest(IFLA_INFO_DATA) { data in
        data.nest(VETH_INFO_PEER) { peer in
          peer.append(header: ifinfomsg())
          peer.putOneQueue()
          peer.put(IFLA_IFNAME, text: veth.peer.string)
          if let mac = veth.peerMAC { peer.put(IFLA_ADDRESS, bytes: mac.bytes) }
          if let mtu = veth.mtu { peer.put(IFLA_MTU, number: mtu) }
          if let peerNamespace { peer.put(IFLA_NET_NS_FD, peerNamespace) }
        }
      }
    }
    return message
  }

  /// The request of `ip link set NAME …`, with port flags as in `type bridge_slave …`.
  ///
  /// Without an index the link is found by its name; renaming requires the index.
  static func change(
    _ name: InterfaceName,
    _ change: LinkChange,
    bridgeIndex: Int32? = nil,
    linkAt index: Int32? = nil
  ) -> RouteMessage {
    var header = ifinfomsg(index: index ?? 0)
    var flags: UInt32 = 0
    if let isUp = change.isUp {
      header.ifi_change |= UInt32(IFF_UP)
      flags |= isUp ? UInt32(IFF_UP) : 0
    }
    if let isPromiscuous = change.isPromiscuous {
      header.ifi_change |= UInt32(IFF_PROMISC)
      flags |= isPromiscuous ? UInt32(IFF_PROMISC) : 0
    }
    if let setting = change.setting, setting.kind == .flags {
      header.ifi_change |= LinkSetting.settableFlags
      flags |= setting.bytes[...].integer(as: UInt32.self) ?? 0
    }
    header.ifi_flags = flags
    // RTM_NEWLINK without NLM_F_CREATE: unlike RTM_SETLINK it also accepts IFLA_LINKINFO.
    var message = RouteMessage.change(RTM_NEWLINK, header)
    if let name = change.name ?? (index == nil ? name : nil) {
      message.put(IFLA_IFNAME, text: name.string)
    }
    if let mac = change.mac { message.put(IFLA_ADDRESS, bytes: mac.bytes) }
    if let mtu = change.mtu { message.put(IFLA_MTU, number: mtu) }
    if let bridgeIndex { message.put(IFLA_MASTER, bridgeIndex) }
    if let alias = change.alias { message.put(IFLA_IFALIAS, bytes: alias.utf8) }
    if let setting = change.setting, setting.kind != .flags {
      // The kernel's attribute check rejects empty strings (`lib/nlattr.c`, NLA_STRING).
      message.put(setting.kind.attribute, bytes: setting.bytes.isEmpty ? [0] : setting.bytes)
    }
    if let mode = change.detachedProgram {
      message.nest(IFLA_XDP) { program in
        program.put(IFLA_XDP_FD, Int32(-1))
        program.put(IFLA_XDP_FLAGS, mode.rawValue)
      }
    }
    message.putLinkInfo(of: change)
    if let mode = change.addressGeneration {
      message.nest(IFLA_AF_SPEC) { families in
        families.nest(AF_INET6) { $0.put(IFLA_INET6_ADDR_GEN_MODE, mode.rawValue) }
      }
    }
    return message
  }

  /// The request of `ip link delete NAME`.
  static func delete(_ name: InterfaceName) -> RouteMessage {
    var message = RouteMessage.change(RTM_DELLINK, ifinfomsg())
    message.put(IFLA_IFNAME, text: name.string)
    return message
  }

  private static let createFlags = NLM_F_CREATE | NLM_F_EXCL
}

extension RouteMessage {
  /// A veth uses one queue by default, but the kernel creates one for each possible CPU and removes
  /// them again, which waits for readers (RCU) on both ends.
  fileprivate mutating func putOneQueue() {
    put(IFLA_NUM_TX_QUEUES, UInt32(1))
    put(IFLA_NUM_RX_QUEUES, UInt32(1))
  }

  fileprivate mutating func putLinkInfo(of change: LinkChange) {
    if let port = change.port {
      nest(IFLA_LINKINFO) { info in
        info.put(IFLA_INFO_SLAVE_KIND, bytes: "bridge".utf8)
        info.nest(IFLA_INFO_SLAVE_DATA) { data in
          data.put(IFLA_BRPORT_MODE, UInt8(port.isHairpin ? 1 : 0))
          data.put(IFLA_BRPORT_ISOLATED, UInt8(port.isIsolated ? 1 : 0))
        }
      }
    } else if let filtersVLANs = change.filtersVLANs {
      nest(IFLA_LINKINFO) { info in
        info.put(IFLA_INFO_KIND, bytes: "bridge".utf8)
        info.nest(IFLA_INFO_DATA) { data in
          data.put(IFLA_BR_VLAN_FILTERING, UInt8(filtersVLANs ? 1 : 0))
        }
      }
    }
  }
}

extension LinkRequests {
  /// `ip link set dev LINK netns NS name NAME`: found by its index, since the name changes.
  static func move(
    linkAt index: Int32,
    to namespace: Int32?,
    as name: InterfaceName
  ) -> RouteMessage {
    var message = RouteMessage.change(RTM_NEWLINK, ifinfomsg(index: index))
    if let namespace { message.put(IFLA_NET_NS_FD, namespace) }
    message.put(IFLA_IFNAME, text: name.string)
    return message
  }

  /// The request of `ip link property add dev LINK altname NAME`, or of `del`.
  static func alternativeName(
    _ name: AlternativeName,
    ofLinkAt index: Int32,
    isAdded: Bool
  ) -> RouteMessage {
    let type = isAdded ? RTM_NEWLINKPROP : RTM_DELLINKPROP
    let flags = isAdded ? NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND : 0
    var message = RouteMessage.change(type, flags: flags, ifinfomsg(index: index))
    message.nest(IFLA_PROP_LIST) { $0.put(IFLA_ALT_IFNAME, bytes: name.bytes + [0]) }
    return message
  }
}
