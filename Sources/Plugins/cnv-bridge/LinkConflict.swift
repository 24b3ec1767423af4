// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// Something in the kernel that keeps ADD from doing what its configuration asks.
enum LinkConflict: Error, Equatable {
  /// The bridge's name belongs to a link of another kind.
  case notABridge(InterfaceName, kind: String?)
  /// VLANs are asked for on a bridge that filters none and has ports that would notice.
  case bridgeFiltersNoVLANs(InterfaceName)
  /// VLANs or a spoof filter are asked for on a bridge whose tags are those of 802.1ad.
  case bridgeTagsAreAD(InterfaceName)
  /// The kernel has no VLAN filtering at all.
  case kernelFiltersNoVLANs(InterfaceName)
  /// Packets of the size asked for would be lost at the bridge's uplink or gateway interface.
  case linkMTUTooSmall(InterfaceName, Int, wanted: Int)
  /// A link that is not this attachment's has the host end's name.
  case hostNameTaken(InterfaceName, alias: String?)
  /// The container has another interface of the name.
  case containerNameTaken(InterfaceName, kind: String?)
  /// An address keeps the bridge, or its VLAN's interface, from being the gateway.
  case addressTaken(InterfaceName, IPPrefix, wanted: IPPrefix)
}

extension LinkConflict {
  /// What is wrong, in one line.
  var message: String {
    switch self {
    case .notABridge(let name, let kind):
      "interface '\(name)' already exists but is not a bridge"
        + (kind.map { " (it is of kind \($0))" } ?? "")
    case .bridgeFiltersNoVLANs(let name):
      "cannot use VLANs on bridge '\(name)': it does not filter VLANs, and its ports would notice"
        + " if it began to"
    case .bridgeTagsAreAD(let name):
      "cannot use VLANs or \"macspoofchk\" on bridge '\(name)': its VLAN protocol is 802.1ad, not"
        + " 802.1Q"
    case .kernelFiltersNoVLANs(let name):
      "cannot use VLANs on bridge '\(name)': the kernel lacks BRIDGE_VLAN_FILTERING"
    case .linkMTUTooSmall(let name, let mtu, let wanted):
      "invalid \"mtu\" \(wanted) (must be at most \(mtu), the MTU of '\(name)', which would lose"
        + " larger frames)"
    case .hostNameTaken(let name, let alias):
      "host interface name '\(name)' is taken" + (alias.map { " by '\($0)'" } ?? "")
    case .containerNameTaken(let name, let kind):
      "interface '\(name)' already exists in the container"
        + (kind.map { " (it is of kind \($0))" } ?? "")
    case .addressTaken(let name, _, let wanted):
      "\"\(name)\" already has an IP address different from \(wanted)"
    }
  }

  /// What mends it.
  var remedy: String {
    switch self {
    case .notABridge: "name a bridge in \"bridge\", or one that does not exist yet"
    case .bridgeFiltersNoVLANs(let name):
      "turn it on for the bridge (ip link set \(name) type bridge vlan_filtering 1), or remove"
        + " \"vlan\" and \"vlanTrunk\""
    case .bridgeTagsAreAD(let name):
      "change it (ip link set \(name) type bridge vlan_protocol 802.1Q), or remove \"vlan\","
        + " \"vlanTrunk\" and \"macspoofchk\""
    case .kernelFiltersNoVLANs:
      "it lacks BRIDGE_VLAN_FILTERING: remove \"vlan\" and \"vlanTrunk\", or use a kernel that has it"
    case .linkMTUTooSmall(let name, let mtu, let wanted):
      "raise it (ip link set \(name) mtu \(wanted)), or set \"mtu\" to \(mtu) or less"
    case .hostNameTaken: "delete that interface if nobody needs it"
    case .containerNameTaken: "choose another interface name, or delete that interface first"
    case .addressTaken(_, let present, _):
      "it has \(present): remove that address, set \"forceAddress\", or change \"ipam\""
    }
  }
}
