// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// A state of the kernel that prevents ADD from carrying out its configuration.
enum LinkConflict: Conflict, Equatable {
  /// The bridge's name belongs to a link of another kind.
  case notABridge(InterfaceName, kind: String?)
  /// VLANs are requested on a bridge without VLAN filtering that has ports that would be affected.
  case bridgeFiltersNoVLANs(InterfaceName)
  /// VLANs or a spoof filter are requested on a bridge whose VLAN protocol is 802.1ad.
  case bridgeTagsAreAD(InterfaceName)
  /// The kernel has no VLAN filtering at all.
  case kernelFiltersNoVLANs(InterfaceName)
  /// Packets of the requested size would be lost at the bridge's uplink or gateway interface.
  case linkMTUTooSmall(InterfaceName, Int, wanted: Int)
  /// A link of another owner has the host end's name.
  case hostNameTaken(InterfaceName, alias: String?)
  /// The container has another interface of that name.
  case containerNameTaken(InterfaceName, kind: String?)
  /// The attachment exists, under another name that the container has given its interface.
  case attachedAlready(as: InterfaceName)
  /// An address conflicts with that of the gateway on the bridge or its VLAN's interface.
  case addressTaken(InterfaceName, IPPrefix, wanted: IPPrefix)
  /// The port of the gateway interface exists, but no interface of its name.
  case gatewayRenamed(InterfaceName, port: InterfaceName)
}

extension LinkConflict {
  var message: String { text.message }
  var remedy: String { text.remedy }

  private var text: (message: String, remedy: String) {
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
