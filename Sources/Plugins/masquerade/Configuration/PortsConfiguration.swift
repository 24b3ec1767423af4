// SPDX-License-Identifier: Apache-2.0

import CNI

/// The ports of a configuration as written, to be validated together.
struct PortsConfiguration: Equatable {
  /// The contents of `ports` and `portRanges`, merged; nil if both are empty.
  private(set) var forwarded: [PortRange]?
  /// The contents of `reservedPorts`, merged.
  private(set) var reserved: [PortRange]

  /// Ports reserved for libvirt's migration if `reservedPorts` is absent.
  static let libvirtPorts = [PortRange(.tcp, 49152), PortRange(.tcp, 49153)]

  /// Reads and validates the three lists; all errors are collected.
  init(
    ports: ConfigurationValue,
    ranges: ConfigurationValue,
    reserved reservedPorts: ConfigurationValue,
    mesh: MasqueradeConfiguration.Mesh,
    _ faults: inout Faults
  ) {
    let listedAsReserved = faults.list(reservedPorts) { element throws(CNIError) in
      try element.portNumber().map { PortRange(.tcp, $0) }
    }
    let reserved = listedAsReserved ?? Self.libvirtPorts
    self.reserved = PortRange.merged(reserved)
    let single = Self.singlePorts(ports, &faults)
    for (element, range) in single {
      if reserved.contains(range) {
        faults.append(element.conflict("\(range.first)/TCP is reserved (reservedPorts)"))
      } else if mesh != .none, MasqueradeConfiguration.meshPorts.contains(where: range.overlaps) {
        faults.append(element.conflict("\(range.first)/TCP belongs to the Istio sidecar"))
      }
    }
    let listed = Self.ranges(ranges, &faults)
    let all = single.map { $0.range } + listed
    forwarded = all.isEmpty ? nil : PortRange.merged(all)
  }

  /// Returns each element's port with the value that names it.
  private static func singlePorts(
    _ value: ConfigurationValue,
    _ faults: inout Faults
  ) -> [(element: ConfigurationValue, range: PortRange)] {
    var names: [String] = []
    var ports: [(element: ConfigurationValue, range: PortRange)] = []
    for element in faults.gather(try value.elements()) ?? [] {
      guard let object = faults.gather(try element.object()) else { continue }
      faults.refuseKeys(of: object, besides: ["name", "protocol", "port"])
      let named = object["protocol"]
      let transport = faults.gather(try named.choice(of: TransportProtocol.self) ?? .tcp)
      let port = faults.gather(try object["port"].portNumber())
      if let name = faults.gather(try object["name"].portName()) {
        if names.contains(name) {
          faults.append(object["name"].conflict("duplicate \(name.inQuotes)"))
        }
        names.append(name)
      }
      if let transport, let port { ports.append((object["port"], PortRange(transport, port))) }
    }
    return ports
  }

  private static func ranges(_ value: ConfigurationValue, _ faults: inout Faults) -> [PortRange] {
    var ranges: [PortRange] = []
    for element in faults.gather(try value.elements()) ?? [] {
      guard let object = faults.gather(try element.object()) else { continue }
      faults.refuseKeys(of: object, besides: ["name", "protocol", "start", "end"])
      let transport = faults.gather(try object["protocol"].requiredTransport())
      let start = faults.gather(try object["start"].portNumber())
      let end = faults.gather(try object["end"].portNumber())
      guard let transport, let start, let end else { continue }
      guard let range = PortRange(transport, start, end) else {
        faults.append(element.conflict("start \(start) > end \(end)"))
        continue
      }
      if let other = ranges.first(where: range.overlaps) {
        faults.append(element.conflict("\(range) overlaps \(other)"))
      }
      ranges.append(range)
    }
    return ranges
  }
}

extension ConfigurationValue {
  fileprivate func portNumber() throws(CNIError) -> UInt16? {
    guard let number = try integer(in: 1...65535) else {
      throw invalid("must be an integer between 1 and 65535")
    }
    return UInt16(number)
  }

  fileprivate func requiredTransport() throws(CNIError) -> TransportProtocol? {
    guard let transport = try choice(of: TransportProtocol.self) else {
      throw invalid("must be \"TCP\", \"UDP\" or \"SCTP\"")
    }
    return transport
  }

  /// Reads a port's name: an IANA service name, as KubeVirt requires (RFC 6335 §5.1).
  fileprivate func portName() throws(CNIError) -> String? {
    guard let name = try string(), !name.isEmpty else { return nil }
    let bytes = name.utf8
    let letters = "abcdefghijklmnopqrstuvwxyz".utf8
    guard bytes.count <= 15, bytes.contains(where: letters.contains),
      bytes.allSatisfy({ letters.contains($0) || "0123456789-".utf8.contains($0) }),
      !name.hasPrefix("-"), !name.hasSuffix("-"),
      !zip(bytes, bytes.dropFirst()).contains(where: { $0 == 0x2D && $1 == 0x2D })
    else {
      throw invalid("must be a service name: at most 15 of a-z, 0-9 and single -")
    }
    return name
  }
}
