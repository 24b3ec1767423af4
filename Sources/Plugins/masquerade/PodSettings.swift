// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The kernel settings of a whole pod that masquerading needs, with what they were before.
struct PodSettings: Equatable {
  /// One setting.
  enum Key: String, CaseIterable {
    case acceptRouterAdvertisements = "accept_ra"
    case forwardingV4 = "ip_forward"
    case forwardingV6 = "forwarding"
    case redirects = "send_redirects"
    case bridgeFilterV4 = "nf4"
    case bridgeFilterV6 = "nf6"

    /// The path below /proc/sys.
    func path(uplink: InterfaceName) -> String {
      switch self {
      case .acceptRouterAdvertisements: "net/ipv6/conf/\(uplink)/accept_ra"
      case .forwardingV4: "net/ipv4/ip_forward"
      case .forwardingV6: "net/ipv6/conf/all/forwarding"
      case .redirects: "net/ipv4/conf/all/send_redirects"
      case .bridgeFilterV4: "net/bridge/bridge-nf-call-iptables"
      case .bridgeFilterV6: "net/bridge/bridge-nf-call-ip6tables"
      }
    }

    /// The value that masquerading needs, nil where it does not care.
    fileprivate func needed(_ families: [IPFamily], former: String) -> String? {
      switch self {
      // Once it forwards, the kernel takes no advertisements and drops the default route it learnt
      // from one, unless this is 2 before.
      case .acceptRouterAdvertisements: families.contains(.v6) && former == "1" ? "2" : nil
      case .forwardingV4: families.contains(.v4) ? "1" : nil
      case .forwardingV6: families.contains(.v6) ? "1" : nil
      // A VM that reaches itself at the pod's address must not be told of a shorter way.
      case .redirects: families.contains(.v4) ? "0" : nil
      // Frames between the VM and its gateway would be translated twice.
      case .bridgeFilterV4, .bridgeFilterV6: "0"
      }
    }
  }

  /// A setting with its value.
  struct Setting: Equatable {
    /// Which it is.
    let key: Key
    /// What it says.
    let value: String
  }

  /// What changes, in the order of the keys, which is the order to apply.
  private(set) var former: [Setting] = []

  private let uplink: InterfaceName
  private let families: [IPFamily]

  /// Decides what has to change of what was observed.
  init(_ observation: PodObservation, uplink: InterfaceName) {
    self.uplink = uplink
    families = observation.families
    for key in Key.allCases {
      guard let value = observation.settings[key.path(uplink: uplink)],
        let needed = key.needed(families, former: value), needed != value
      else { continue }
      former.append(Setting(key: key, value: value))
    }
  }

  /// Reads what changed from the note that ADD left.
  init(note: String, uplink: InterfaceName) {
    self.uplink = uplink
    families = []
    for word in note.split(separator: " ") {
      let parts = word.split(separator: "=")
      guard parts.count == 2, let key = Key(rawValue: String(parts[0])),
        parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D })
      else { continue }
      former.append(Setting(key: key, value: String(parts[1])))
    }
  }

  /// What changed, for DEL to read.
  var note: String {
    former.reduce(into: "before:") { $0 += " \($1.key.rawValue)=\($1.value)" }
  }

  /// The steps that make the changes.
  var steps: [Step] {
    former.compactMap { setting in
      let path = setting.key.path(uplink: uplink)
      return setting.key.needed(families, former: setting.value).map {
        Step(
          .container,
          .setSysctl(key: path, value: $0, ifPresent: false),
          undo: .setSysctl(key: path, value: setting.value, ifPresent: true)
        )
      }
    }
  }

  /// The steps that take the changes back, the last first.
  var restoration: [Step] {
    former.reversed().map { setting in
      let path = setting.key.path(uplink: uplink)
      return Step(.container, .setSysctl(key: path, value: setting.value, ifPresent: true))
    }
  }
}
