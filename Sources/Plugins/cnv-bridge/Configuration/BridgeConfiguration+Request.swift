// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

extension BridgeConfiguration {
  /// Validates the whole configuration of a request, before anything is done.
  /// - Throws: `CNIError` that names the key, its value and what is allowed.
  init(_ request: AttachmentRequest) throws(CNIError) {
    try self.init(request.configuration)
    mac = try request.requestedMACAddress()
  }

  /// Validates a network's configuration, without the parts specific to one attachment.
  /// - Throws: `CNIError` that names the key, its value and what is allowed.
  init(_ network: NetworkConfiguration) throws(CNIError) {
    let root = network.root
    try root.judgeSpelling(of: Self.keys)
    self.init(bridge: try Self.bridge(root))
    try readPort(root)
    try readVLANs(root)
    try readGateway(root)
    hasIPAM = try !(network.ipam()?["type"].string() ?? "").isEmpty
    addressGeneration =
      try root["addrGenMode"].addressGeneration() ?? (hasIPAM ? nil : AddressGeneration.none)
    _ = try network.dns()
    try judgeTogether(root)
  }

  /// The name of the bridge; all that removal needs, whatever else is invalid.
  static func bridge(_ root: ConfigurationObject) throws(CNIError) -> InterfaceName {
    guard let name = try root["bridge"].interfaceName() ?? InterfaceName("cni0") else {
      preconditionFailure("the default bridge's name is no name")
    }
    return name
  }

  private mutating func readPort(_ root: ConfigurationObject) throws(CNIError) {
    let mtu = try root["mtu"].integer() ?? 0
    guard mtu == 0 || (68...65535).contains(mtu) else {
      throw root["mtu"].invalid("must be 0 for the kernel's default, or between 68 and 65535")
    }
    self.mtu = mtu == 0 ? nil : mtu
    checksMACSpoofing = try root["macspoofchk"].bool() ?? false
    port = BridgePort(
      isHairpin: try root["hairpinMode"].bool() ?? false,
      isIsolated: try root["portIsolation"].bool() ?? false
    )
    isPromiscuous = try root["promiscMode"].bool() ?? false
    leavesContainerInterfaceDown = try root["disableContainerInterface"].bool() ?? false
    detectsDuplicateAddresses = try root["enabledad"].bool() ?? false
  }

  private mutating func readVLANs(_ root: ConfigurationObject) throws(CNIError) {
    vlan = VLANID(try root["vlan"].integer(in: 0...4094) ?? 0)
    preservesDefaultVLAN = try root["preserveDefaultVlan"].bool() ?? false
    var ranges: [VLANRange] = []
    for element in try root["vlanTrunk"].elements() ?? [] { ranges += try element.trunkRanges() }
    trunk = VLANRange.covering(ranges)
  }

  private mutating func readGateway(_ root: ConfigurationObject) throws(CNIError) {
    isDefaultGateway = try root["isDefaultGateway"].bool() ?? false
    let isGateway = try root["isGateway"].bool() ?? false
    self.isGateway = isGateway || isDefaultGateway
    forcesGatewayAddress = try root["forceAddress"].bool() ?? false
    masquerades = try root["ipMasq"].bool() ?? false
    // Both of upstream's backends are accepted; the rules always use nftables.
    if try root["ipMasqBackend"].string() != "" {
      _ = try root["ipMasqBackend"].choice(of: MasqueradeBackend.self)
    }
  }

  private func judgeTogether(_ root: ConfigurationObject) throws(CNIError) {
    if leavesContainerInterfaceDown, hasIPAM {
      throw root["disableContainerInterface"].invalid(
        "must not be true with \"ipam\": cannot use IPAM when DisableContainerInterface flag is set"
      )
    }
    if port.isHairpin, isPromiscuous {
      throw root["hairpinMode"].invalid(
        "must not be true with \"promiscMode\": cannot set hairpin mode and promiscuous mode at the"
          + " same time"
      )
    }
  }
}

/// The values of `ipMasqBackend`.
private enum MasqueradeBackend: String, CaseIterable {
  case iptables, nftables
}

extension ConfigurationValue {
  /// Reads one element of `vlanTrunk`: `id`, `minID` with `maxID`, or all three.
  fileprivate func trunkRanges() throws(CNIError) -> [VLANRange] {
    guard let item = try object() else { throw invalid("must be an object") }
    var ranges: [VLANRange] = []
    let only = try item["id"].vlanID()
    if let only { ranges.append(VLANRange(only)) }
    let first = try item["minID"].vlanID()
    let last = try item["maxID"].vlanID()
    switch (first, last) {
    case (let first?, let last?):
      guard let range = VLANRange(first, last) else {
        throw invalid("must have a minID that is not greater than its maxID")
      }
      ranges.append(range)
    case (nil, nil):
      guard only != nil else { throw invalid("must have \"id\", or \"minID\" and \"maxID\"") }
    case (nil, _): throw invalid("must have \"minID\" together with \"maxID\": minID is missing")
    case (_, nil): throw invalid("must have \"maxID\" together with \"minID\": maxID is missing")
    }
    return ranges
  }

  private func vlanID() throws(CNIError) -> VLANID? {
    try integer(in: 1...4094).flatMap(VLANID.init)
  }

  /// Reads one of iproute2's names for `addrgenmode`.
  fileprivate func addressGeneration() throws(CNIError) -> AddressGeneration? {
    guard let text = try string() else { return nil }
    guard let mode = AddressGeneration.allCases.first(where: { $0.text == text }) else {
      throw invalid(#"must be "eui64", "none", "stable_secret" or "random""#)
    }
    return mode
  }
}
