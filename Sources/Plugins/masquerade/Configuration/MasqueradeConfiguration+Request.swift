// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

extension MasqueradeConfiguration {
  /// Validates the whole configuration of a request, before anything is done.
  /// - Throws: `CNIError` that lists all errors, each preceded by its path.
  init(_ request: AttachmentRequest) throws(CNIError) {
    let network = request.configuration
    let isChained = try network.previousResult() != nil
    self = try Self(network, chainedTo: isChained ? request.attachment.containerInterface : nil)
  }

  /// Validates the configuration of a request about an existing attachment.
  ///
  /// CHECK always has a previous result; ADD was chained if it contains more than ADD adds.
  init(checking request: AttachmentRequest, _ previous: AddResult) throws(CNIError) {
    let interface = request.attachment.containerInterface
    let isChained = previous.interfaces.contains { $0.name == interface.string }
    self = try Self(request.configuration, chainedTo: isChained ? interface : nil)
  }

  /// Validates a network's configuration plus what the runtime added for one pod.
  ///
  /// `chainedTo` is the interface created by a previous plugin; nil if there was none.
  /// - Throws: `CNIError` that lists all errors, each preceded by its path.
  init(_ network: NetworkConfiguration, chainedTo chained: InterfaceName?) throws(CNIError) {
    let keys = ConfigurationKeys(network.root, try network.arguments())
    var faults = Faults()
    let uplink = faults.gather(try keys["podInterface"].interfaceName())
    let mesh = Self.mesh(keys, try network.runtimeConfiguration(), &faults)
    let ports = PortsConfiguration(
      ports: keys["ports"],
      ranges: keys["portRanges"],
      reserved: keys["reservedPorts"],
      mesh: mesh,
      &faults
    )
    let podInterface = uplink ?? chained ?? Self.defaultPodInterface
    let bridge =
      faults.gather(try keys["bridge"].interfaceName())
      ?? Self.defaultBridge(podInterface, keys["bridge"], &faults)
    let bridgeMAC = faults.gather(try keys["bridgeMac"].macAddress())
    let tap = faults.gather(try keys["tap"].interfaceName())
    self.init(
      podInterface: podInterface,
      bridge: bridge,
      bridgeMAC: bridgeMAC ?? Self.defaultBridgeMAC,
      tap: tap ?? Self.defaultTap,
      networkV4: Self.network(.v4, keys["vmNetworkCIDR"], &faults),
      networkV6: Self.network(.v6, keys["vmIPv6NetworkCIDR"], &faults),
      forwarded: ports.forwarded,
      reserved: ports.reserved,
      mesh: mesh
    )
    readTap(keys, &faults)
    addressService = AddressServiceConfiguration(keys["dhcp"], &faults)
    if network.root["ipam"].value != nil {
      let text = "masquerade has no ipam: chain it after the plugin that makes \(podInterface)"
      faults.append(network.root["ipam"].conflict(text))
    }
    if bridge == self.tap || self.tap == podInterface || bridge == podInterface {
      faults.append(
        keys["tap"].conflict("bridge, tap and podInterface must be three different names")
      )
    }
    keys.judgeSpelling(&faults)
    try faults.throwIfAny()
  }

  private mutating func readTap(_ keys: ConfigurationKeys, _ faults: inout Faults) {
    mtu = faults.gather(try keys["mtu"].integer(in: 0...Self.largestMTU))
    if mtu == 0 { mtu = nil }
    if let mtu, mtu < 68 { faults.append(keys["mtu"].invalid("must be 68 or more")) }
    hasManyQueues = faults.gather(try keys["multiQueue"].bool()) ?? false
    let identifiers = 0...Int(UInt32.max - 1)
    owner = faults.gather(try keys["owner"].integer(in: identifiers)).map(UInt32.init)
    group = faults.gather(try keys["group"].integer(in: identifiers)).map(UInt32.init)
    forwardsLocalhost = faults.gather(try keys["localhost"].bool()) ?? true
    allowsHairpin = faults.gather(try keys["hairpin"].bool()) ?? true
    if keys["selinuxContext"].value != nil {
      faults.append(keys["selinuxContext"].invalid("must be absent: it is not supported"))
    }
  }

  /// The mesh named by the configuration, or else requested by the pod's annotations.
  private static func mesh(
    _ keys: ConfigurationKeys,
    _ runtime: ConfigurationObject?,
    _ faults: inout Faults
  ) -> Mesh {
    let value = keys["istio"]
    switch value.value {
    case .bool(let isInjected): return isInjected ? .sidecar : .none
    case .string("ambient"): return .ambient
    case .some:
      faults.append(value.invalid("must be true, false or \"ambient\""))
      return .none
    case nil:
      guard let object = try? runtime?["io.kubernetes.cri.pod-annotations"].object() else {
        return .none
      }
      if object["sidecar.istio.io/inject"].value == .string("true") { return .sidecar }
      if object["ambient.istio.io/redirection"].value == .string("enabled") { return .ambient }
      return .none
    }
  }

  /// The network of a family; an invalid one is replaced so that reading can continue.
  private static func network(
    _ family: IPFamily,
    _ value: ConfigurationValue,
    _ faults: inout Faults
  ) -> IPPrefix {
    let absent = family == .v4 ? defaultNetworkV4 : defaultNetworkV6
    guard value.value != nil else { return absent }
    guard case .string(let text) = value.value, let prefix = IPPrefix(text),
      prefix.address.family == family
    else {
      faults.append(value.invalid("must be a network such as \(absent)"))
      return absent
    }
    guard prefix.length <= family.addressBits - 2 else {
      faults.append(value.invalid("must have room for gateway and VM"))
      return absent
    }
    if let special = unusable.first(where: { $0.overlaps(prefix) }) {
      faults.append(value.invalid("must not contain addresses of \(special)"))
      return absent
    }
    return prefix.network
  }

  /// Networks that no host may use (RFC 6890, RFC 4291 §2.5), and link-local ones (on every link).
  private static let unusable = [
    "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/8", "fe80::/10", "ff00::/8",
  ].map { certain(IPPrefix($0)) }

  private static func defaultBridge(
    _ podInterface: InterfaceName,
    _ value: ConfigurationValue,
    _ faults: inout Faults
  ) -> InterfaceName {
    if let name = InterfaceName("k6t-\(podInterface)") { return name }
    if value.value == nil {
      faults.append(value.invalid("must be set: \"k6t-\(podInterface)\" is longer than 15 bytes"))
    }
    return defaultPodInterface
  }
}
