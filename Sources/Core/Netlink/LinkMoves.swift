// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import NetworkModel

extension LinkRequests {
  /// `ip link set dev LINK netns NS name NAME`: found by its index, since the name changes.
  static func move(
    linkAt index: Int32,
    to namespace: Int32,
    as name: InterfaceName
  ) -> RouteMessage {
    var message = RouteMessage.change(RTM_NEWLINK, ifinfomsg(index: index))
    message.put(IFLA_NET_NS_FD, namespace)
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
