// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

extension AddCommand {
  /// Requests addresses from IPAM and configures them; an attachment without IPAM has none.
  mutating func makeAddresses() throws(CNIError) -> Gateways {
    guard let ipam else { return Gateways(configuration, ipam: AddResult()) }
    let lease = try ipam.add()
    // As in DEL, an address is released only once it is out of use, except with a DHCP server.
    journal.record(last: ipam.type != "dhcp") { () throws(CNIError) in _ = try ipam.run(.delete) }
    let gateways = Gateways(configuration, ipam: lease)
    let interface = attachment.containerInterface
    try apply(AddressPlan.steps(configuration, interface, gateways.result))
    try waitForAddresses(gateways)
    try apply(gateways.result.routeSteps(interface))
    if configuration.masquerades { try masquerade(gateways) }
    return gateways
  }

  private mutating func masquerade(_ gateways: Gateways) throws(CNIError) {
    let share = IPMasquerade.Share(attachment)
    let firewall = try CNIError.converting(try Firewall(kernel))
    journal.record { () throws(CNIError) in
      try CNIError.converting(try firewall.remove(Firewall.Removal(masquerade: .share(share))))
    }
    let addresses = gateways.result.addresses.map { $0.prefix }
    try CNIError.converting(try firewall.setUp(masqueradeOf: share, addresses: addresses))
  }

  /// Makes the bridge, or its VLAN's gateway interface, the container's router.
  ///
  /// The last step that can fail: when a conflicting address is removed, the kernel also removes
  /// the node's routes through it, which would be missing until they are restored.
  mutating func makeGateway(_ gateways: Gateways) throws(CNIError) {
    guard !gateways.bridgeAddresses.isEmpty else { return }
    let conflict = try CNIError.converting(try applyGatewayPlan(gateways))
    if let conflict { throw CNIError(conflict) }
  }

  /// Looks, decides and acts under the exclusive lock: the first of several concurrent attachments
  /// creates what the others then find.
  ///
  /// Returns the conflict, if there is one; nothing was done then.
  private mutating func applyGatewayPlan(
    _ gateways: Gateways
  ) throws(KernelError) -> LinkConflict? {
    let lock = try kernel.lock(.exclusive)
    defer { extendLifetime(lock) }
    let hostEnd = attachment.hostInterface
    let interface = configuration.gatewayInterface
    if let interface, let conflict = try make(interface) { return conflict }
    let link = try kernel.host.existingLink(interface?.name ?? configuration.bridge)
    if link.mtu > configuration.portMTU {
      Log.tolerated("'\(link.name)' may send frames larger than '\(hostEnd)' takes")
    }
    let present = try kernel.host.route.addresses(ofLinkAt: link.index)
    let plan: [Step]
    do {
      plan = try GatewayPlan.steps(
        gateways.bridgeAddresses,
        on: link,
        having: present,
        isForced: configuration.forcesGatewayAddress,
        detectsDuplicates: configuration.detectsDuplicateAddresses,
        user: attachment
      )
    } catch {
      return error
    }
    if plan.contains(where: { $0.removesAddress }) {
      let host = kernel.host
      let addressing = try host.route.addressing(ofLinkAt: link.index)
      journal.record { () throws(CNIError) in
        try CNIError.converting(try host.route.giveBack(addressing))
      }
    }
    let families = Set(gateways.bridgeAddresses.map { $0.address.family })
    let forwarding = GatewayPlan.forwardingSteps(families)
    try kernel.apply(forwarding + plan, recordingIn: &journal)
    return nil
  }

  /// Creates the gateway interface if missing or incomplete, and reconnects one that is cut off.
  ///
  /// Returns the conflict, if there is one; nothing was done then.
  private mutating func make(_ interface: GatewayInterface) throws(KernelError) -> LinkConflict? {
    var plan: [Step] = []
    if let found = try kernel.host.link(named: interface.name) {
      guard try kernel.host.isUnfinishedGateway(found) else {
        let index = try kernel.host.index(of: configuration.bridge)
        if let broken = try kernel.host.brokenPort(of: interface, found, on: index) {
          let bridge = try kernel.host.existingLink(configuration.bridge)
          plan += interface.mendingSteps(broken.port, on: bridge)
        }
        if !found.isUp {
          plan.append(Step(.host, .changeLink(found.name, LinkChange(isUp: true))))
        }
        try kernel.apply(plan, recordingIn: &journal)
        return nil
      }
      plan.append(Step(.host, .deleteLink(interface.name)))
    } else if try kernel.host.link(named: interface.port) != nil {
      return .gatewayRenamed(interface.name, port: interface.port)
    }
    let bridge = try kernel.host.existingLink(configuration.bridge)
    plan += interface.creationSteps(
      defaultVLAN: bridge.bridge?.defaultPVID,
      // Smaller ports, whose MTU the bridge follows, do not stop this port's frames to its gateway.
      mtu: max(bridge.mtu, configuration.portMTU),
      freshMAC: try MACAddress.random()
    )
    try kernel.apply(plan, recordingIn: &journal)
    return nil
  }

  /// Waits until duplicate address detection has confirmed the container's addresses.
  ///
  /// Returns at once if detection is off; if it is on, only an attachment with an IPv6 gateway
  /// waits, as in the bridge plugin.
  private func waitForAddresses(_ gateways: Gateways) throws(CNIError) {
    let addresses = gateways.result.addresses.filter { $0.prefix.address.family == .v6 }
    guard !addresses.isEmpty,
      !configuration.detectsDuplicateAddresses || addresses.contains(where: { $0.gateway != nil })
    else { return }
    let duplicate = try CNIError.converting(try firstDuplicate())
    guard let duplicate else { return }
    throw CNIError(
      .internalFailure,
      "address \(duplicate.prefix) of interface '\(attachment.containerInterface)' is a duplicate",
      details: "duplicate address detection found another host that has it"
    )
  }

  /// Returns a duplicate address; one that is still unconfirmed after 5 s is accepted.
  private func firstDuplicate() throws(KernelError) -> InterfaceAddress? {
    guard let container = kernel.container else { return nil }
    let index = try container.index(of: attachment.containerInterface)
    let events = try container.run(from: kernel.host) { () throws(KernelError) in
      try RouteEvents(.addressesV6)
    }
    var addresses: [InterfaceAddress] = []
    _ = try events.wait(milliseconds: 5000) { () throws(KernelError) in
      addresses = try container.route.addresses(ofLinkAt: index)
      return !addresses.contains { $0.isTentative && !$0.isDuplicate }
    }
    return addresses.first { $0.isDuplicate }
  }
}

extension Side {
  /// Returns the port of a gateway interface that is cut off from its VLAN, and how; nil if there
  /// is no fault, or the interface is not this plugin's.
  func brokenPort(
    of interface: GatewayInterface,
    _ found: Link,
    on bridge: Int32
  ) throws(KernelError) -> (port: Link, fault: String)? {
    guard found.label?.isGatewayInterface == true,
      found.peerNamespace == nil, let index = found.peer, let port = try route.link(at: index)
    else { return nil }
    let vlans = port.master == bridge ? try route.vlans(ofPortAt: index) : nil
    return interface.fault(of: port, vlans).map { (port: port, fault: $0) }
  }
}

extension Step {
  fileprivate var removesAddress: Bool {
    if case .link(.removeAddress) = operation { true } else { false }
  }
}
