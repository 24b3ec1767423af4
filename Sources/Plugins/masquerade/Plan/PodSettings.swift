// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The pod-wide kernel settings that masquerading needs, with their previous values.
///
/// IPv4 has forwarding per interface. IPv6 has one setting for all, which makes every interface a
/// router that learns no addresses: each is immediately set back to its previous value, and rules
/// ensure that only the VM's traffic is forwarded.
struct PodSettings: Equatable {
  /// One setting.
  enum Key: String {
    case acceptRouterAdvertisements = "accept_ra"
    case forwardingV4 = "forward4"
    case forwardingV6 = "forward6"
    case redirects = "send_redirects"
    case bridgeFilterV4 = "nf4"
    case bridgeFilterV6 = "nf6"

    /// The path below /proc/sys for an interface, or for `all`.
    func path(_ interface: InterfaceName) -> String {
      switch self {
      case .acceptRouterAdvertisements: "net/ipv6/conf/\(interface)/accept_ra"
      case .forwardingV4: "net/ipv4/conf/\(interface)/forwarding"
      case .forwardingV6: "net/ipv6/conf/\(interface)/forwarding"
      case .redirects: "net/ipv4/conf/\(interface)/send_redirects"
      case .bridgeFilterV4: "net/bridge/bridge-nf-call-iptables"
      case .bridgeFilterV6: "net/bridge/bridge-nf-call-ip6tables"
      }
    }
  }

  /// A setting of an interface and its value.
  struct Setting: Hashable {
    /// The setting.
    let key: Key
    /// The interface.
    let interface: InterfaceName
    /// The value.
    var value: String

    /// The path below /proc/sys.
    var path: String { key.path(interface) }

    /// The step that sets it.
    var step: Step { Step(.container, .setSysctl(key: path, value: value, ifPresent: true)) }

    func with(_ value: String) -> Setting { Setting(key: key, interface: interface, value: value) }
  }

  /// The previous values that differ, in the order in which DEL restores them.
  private(set) var former: [Setting] = []
  /// The steps before the bridge's own settings.
  private(set) var steps: [Step] = []
  /// The steps after them.
  private(set) var laterSteps: [Step] = []

  /// The interface that stands for all interfaces.
  static let all = certain(InterfaceName("all"))
  /// The interface whose settings new interfaces inherit.
  static let fresh = certain(InterfaceName("default"))

  /// What masquerading needs while it is in place.
  static func needed(_ families: [IPFamily], _ uplink: InterfaceName) -> [Setting] {
    let v4 = [
      Setting(key: .forwardingV4, interface: uplink, value: "1"),
      // A VM that connects to itself at the pod's address must not be redirected to a shorter path.
      Setting(key: .redirects, interface: all, value: "0"),
    ]
    let v6 = [Setting(key: .forwardingV6, interface: all, value: "1")]
    return (families.contains(.v4) ? v4 : []) + (families.contains(.v6) ? v6 : []) + [
      // Frames between the VM and its gateway would be translated twice.
      Setting(key: .bridgeFilterV4, interface: all, value: "0"),
      Setting(key: .bridgeFilterV6, interface: all, value: "0"),
    ]
  }

  /// The paths read by `init`.
  static func relevant(
    _ families: [IPFamily],
    _ uplink: InterfaceName,
    _ interfaces: [InterfaceName]
  ) -> [String] {
    let v6 = [Key.forwardingV6, .acceptRouterAdvertisements].flatMap { key in
      interfaces.map { key.path($0) }
    }
    return needed(families, uplink).map { $0.path }
      + (families.contains(.v6) ? v6 : [Key.forwardingV6.path(all)])
  }

  /// Decides what has to change compared with the observed state.
  init(_ observation: PodObservation, uplink: InterfaceName) {
    let families = observation.families
    let found = { (key: Key, interface: InterfaceName) -> Setting? in
      observation.settings[key.path(interface)].map {
        Setting(key: key, interface: interface, value: $0)
      }
    }
    let changes = Self.needed(families, uplink).filter { needed in
      found(needed.key, needed.interface).map { $0 != needed } ?? false
    }
    former = changes.reversed().compactMap { found($0.key, $0.interface) }
    steps = changes.map { $0.step }
    let isRouter = [Self.all, Self.fresh].allSatisfy { found(.forwardingV6, $0)?.value == "1" }
    guard families.contains(.v6), !isRouter else { return }
    let forwarding = observation.interfaces.compactMap { found(.forwardingV6, $0) }
    // The kernel drops default routes learnt from advertisements unless this is 2 meanwhile.
    let learning = observation.interfaces.filter { observation.hasDefaultRoute(.v6, through: $0) }
      .compactMap { found(.acceptRouterAdvertisements, $0) }.filter { $0.value == "1" }
    former += learning + forwarding.filter { $0.value == "1" }
    steps = learning.map { $0.with("2").step } + steps
    laterSteps = (forwarding + learning).map { $0.step }
  }
}
