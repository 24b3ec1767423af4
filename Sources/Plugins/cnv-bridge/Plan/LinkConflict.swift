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
  /// The attachment is there, under the name that the container has given its interface.
  case attachedAlready(as: InterfaceName)
  /// An address keeps the bridge, or its VLAN's interface, from being the gateway.
  case addressTaken(InterfaceName, IPPrefix, wanted: IPPrefix)
  /// The port of the gateway interface is there, and no interface of the name.
  case gatewayRenamed(InterfaceName, port: InterfaceName)
}

extension LinkConflict {
  /// What is wrong, in one line, and how to fix it.
  var text: (message: String, remedy: String) {
    let ofKind = { (kind: String?) in kind.map { " (it is of kind \($0))" } ?? "" }
    switch self {
    case .notABridge(let name, let kind):
      return (
        "interface '\(name)' already exists but is not a bridge" + ofKind(kind),
        #"name a bridge in "bridge", or one that does not exist yet"#
      )
    case .bridgeFiltersNoVLANs(let name):
      return (
        "cannot use VLANs on bridge '\(name)': it does not filter VLANs, and turning filtering on"
          + " would affect its ports",
        "turn it on for the bridge (ip link set \(name) type bridge vlan_filtering 1), or remove"
          + #" "vlan" and "vlanTrunk""#
      )
    case .bridgeTagsAreAD(let name):
      return (
        #"cannot use VLANs or "macspoofchk" on bridge '\#(name)': its VLAN protocol is 802.1ad, not"#
          + " 802.1Q",
        #"change it (ip link set \#(name) type bridge vlan_protocol 802.1Q), or remove "vlan","#
          + #" "vlanTrunk" and "macspoofchk""#
      )
    case .kernelFiltersNoVLANs(let name):
      return (
        "cannot use VLANs on bridge '\(name)': the kernel lacks BRIDGE_VLAN_FILTERING",
        #"it lacks BRIDGE_VLAN_FILTERING: remove "vlan" and "vlanTrunk", or use a kernel that has it"#
      )
    case .linkMTUTooSmall(let name, let mtu, let wanted):
      return (
        #"invalid "mtu" \#(wanted) (must be at most \#(mtu), the MTU of '\#(name)', which would lose"#
          + " larger frames)",
        #"raise it (ip link set \#(name) mtu \#(wanted)), or set "mtu" to \#(mtu) or less"#
      )
    case .hostNameTaken(let name, let alias):
      let owner = alias.map { " by '\($0)'" } ?? ""
      return (
        "host interface name '\(name)' is taken" + owner, "delete that interface if it is unused"
      )
    case .containerNameTaken(let name, let kind):
      return (
        "interface '\(name)' already exists in the container" + ofKind(kind),
        "choose another interface name, or delete that interface first"
      )
    case .attachedAlready(let name):
      return (
        "the attachment already exists: the container has renamed its interface to '\(name)'",
        "DEL removes it"
      )
    case .addressTaken(let name, let present, let wanted):
      return (
        #""\#(name)" already has an IP address different from \#(wanted)"#,
        #"it has \#(present): remove that address, set "forceAddress", or change "ipam""#
      )
    case .gatewayRenamed(let name, let port):
      return (
        "gateway interface '\(name)' was renamed or moved: only its port '\(port)' is there",
        "rename the other end of '\(port)' back to '\(name)', or delete both if they are unused"
      )
    }
  }
}
