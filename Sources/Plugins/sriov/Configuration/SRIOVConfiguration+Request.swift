// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

extension SRIOVConfiguration {
  /// Validates the whole configuration of a request, before anything is done.
  /// - Throws: `CNIError` that names the key, its value and what is allowed.
  init(_ request: AttachmentRequest) throws(CNIError) {
    try self.init(request.configuration)
    if let requested = try request.requestedMACAddress() { mac = requested }
    guard device == nil, physicalFunctions.isEmpty else { return }
    throw CNIError(
      .invalidConfiguration,
      #"missing "deviceID" (must be the PCI address of a VF such as 0000:3b:02.1)"#,
      details: "Multus fills it in from the resource that the network attachment definition names"
        + #"; or name PFs in "pf" to have a free VF chosen"#
    )
  }

  /// Validates a network's configuration, without the parts specific to one attachment.
  /// - Throws: `CNIError` that names the key, its value and what is allowed.
  init(_ network: NetworkConfiguration) throws(CNIError) {
    let root = network.root
    try root.judgeSpelling(of: Self.keys)
    self.init(device: try Self.device(root))
    physicalFunctions = try Self.physicalFunctions(root)
    driver = try root["driver"].choiceOrNothing(of: DriverKind.self)
    mac = try root["mac"].macAddress()
    settings = VFChange(
      vlan: try Self.vlan(root),
      rate: try Self.rate(root),
      checksSpoofing: try root["spoofchk"].choiceOrNothing(of: Switch.self).map { $0 == .on },
      isTrusted: try root["trust"].choiceOrNothing(of: Switch.self).map { $0 == .on },
      linkState: try root["link_state"].choiceOrNothing(of: VFLinkState.self)
    )
    hasIPAM = try !(network.ipam()?["type"].string() ?? "").isEmpty
    _ = try LogSettings(root)
    _ = try network.dns()
  }

  /// The virtual function; all that removal may need, whatever else is invalid.
  static func device(_ root: ConfigurationObject) throws(CNIError) -> PCIAddress? {
    for key in ["deviceID", "pciBusID"] {
      guard let text = try root[key].string(), !text.isEmpty else { continue }
      guard let address = PCIAddress(text) else {
        throw root[key].invalid("must be the PCI address of a VF such as 0000:3b:02.1")
      }
      return address
    }
    return nil
  }

  private static func physicalFunctions(_ root: ConfigurationObject) throws(CNIError) -> [String] {
    let value = root["pf"]
    let elements: [ConfigurationValue]
    if case .array = value.value {
      elements = try value.elements() ?? []
    } else {
      elements = [value]
    }
    var names: [String] = []
    for element in elements {
      guard let text = try element.string(), !text.isEmpty else { continue }
      guard InterfaceName(text) != nil || PCIAddress(text) != nil else {
        throw element.invalid("must be the name or the PCI address of a PF, or a list of them")
      }
      names.append(text)
    }
    return names
  }

  private static func vlan(_ root: ConfigurationObject) throws(CNIError) -> VFVLAN? {
    let identifier = try root["vlan"].integer(in: 0...4094)
    let priority = try root["vlanQoS"].integer(in: 0...7)
    let name = try root["vlanProto"].string().flatMap { $0.isEmpty ? nil : $0 }
    let tag = name.flatMap { VFVLAN.TagProtocol(rawValue: $0.lowercased()) }
    if name != nil, tag == nil {
      throw root["vlanProto"].invalid(#"must be "802.1q" or "802.1ad""#)
    }
    guard let identifier else {
      if priority != nil { throw root["vlanQoS"].invalid(#"must not be set without "vlan""#) }
      if name != nil { throw root["vlanProto"].invalid(#"must not be set without "vlan""#) }
      return nil
    }
    if identifier == 0, let priority, priority != 0 {
      throw root["vlanQoS"].invalid(#"must be 0 where "vlan" is 0"#)
    }
    if identifier == 0, tag == .dot1AD {
      throw root["vlanProto"].invalid(#"must not be 802.1ad where "vlan" is 0"#)
    }
    return VFVLAN(VLANID(identifier), priority: UInt8(priority ?? 0), tagProtocol: tag ?? .dot1Q)
  }

  /// As in sriov-cni, a missing rate is 0 if the other is given; a maximum of 0 is no limit.
  private static func rate(_ root: ConfigurationObject) throws(CNIError) -> VFRate? {
    let range = 0...Int(UInt32.max)
    let minimum = try root["min_tx_rate"].integer(in: range)
    let maximum = try root["max_tx_rate"].integer(in: range)
    if let minimum, let maximum, maximum != 0, minimum > maximum {
      throw root["min_tx_rate"].invalid("must not be greater than max_tx_rate \(maximum)")
    }
    guard minimum != nil || maximum != nil else { return nil }
    return VFRate(minimumMegabitsPerSecond: minimum ?? 0, maximumMegabitsPerSecond: maximum ?? 0)
  }
}

/// The values of `spoofchk` and `trust`.
private enum Switch: String, CaseIterable {
  case on, off
}

extension ConfigurationValue {
  /// Reads one of the raw values of an enumeration; an empty text counts as absent, as in Go.
  fileprivate func choiceOrNothing<Choice>(
    of type: Choice.Type
  ) throws(CNIError) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
    if case .string("") = value { return nil }
    return try choice(of: type)
  }
}
