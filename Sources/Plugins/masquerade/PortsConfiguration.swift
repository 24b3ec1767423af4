// SPDX-License-Identifier: Apache-2.0

import CNI

/// The ports of a configuration as they were written, to be judged together.
struct PortsConfiguration: Equatable {
  /// What `ports` and `portRanges` list, merged; nil where neither lists anything.
  private(set) var forwarded: [PortRange]?
  /// What `reservedPorts` lists, merged.
  private(set) var reserved: [PortRange]

  /// Ports that are kept for libvirt's migration where `reservedPorts` is absent.
  static let libvirtPorts: [UInt16] = [49152, 49153]

  /// Reads and judges the three lists; every fault is gathered.
  init(
    ports: ConfigurationValue,
    ranges: ConfigurationValue,
    reserved reservedPorts: ConfigurationValue,
    mesh: MasqueradeConfiguration.Mesh,
    _ faults: inout Faults
  ) {
    let reserved = Self.reserved(reservedPorts, &faults)
    self.reserved = PortRange.merged(reserved)
    let single = Self.singlePorts(ports, &faults)
    for (element, range) in single {
      if reserved.contains(range) {
        faults.append(element.fault("\(range.first)/TCP is reserved (reservedPorts)"))
      } else if mesh != .none, MasqueradeConfiguration.meshPorts.contains(where: range.overlaps) {
        faults.append(element.fault("\(range.first)/TCP belongs to the Istio sidecar"))
      }
    }
    let listed = Self.ranges(ranges, &faults)
    let all = single.map { $0.range } + listed
    forwarded = all.isEmpty ? nil : PortRange.merged(all)
  }

  private static func reserved(
    _ value: ConfigurationValue,
    _ faults: inout Faults
  ) -> [PortRange] {
    guard value.value != nil else { return libvirtPorts.map { PortRange(.tcp, $0) } }
    let elements = faults.read(value, ConfigurationValue.elements) ?? []
    return elements.compactMap { element in
      faults.read(element, ConfigurationValue.portNumber).map { PortRange(.tcp, $0) }
    }
  }

  /// Returns each element's port with the value that names it.
  private static func singlePorts(
    _ value: ConfigurationValue,
    _ faults: inout Faults
  ) -> [(element: ConfigurationValue, range: PortRange)] {
    var names: [String] = []
    var ports: [(element: ConfigurationValue, range: PortRange)] = []
    for element in faults.read(value, ConfigurationValue.elements) ?? [] {
      guard let object = faults.read(element, ConfigurationValue.requiredObject) else { continue }
      faults.refuseKeys(of: object, besides: ["name", "protocol", "port"])
      let transport = faults.gather(try object["protocol"].transport(or: .tcp))
      let port = faults.read(object["port"], ConfigurationValue.portNumber)
      if let name = faults.read(object["name"], ConfigurationValue.portName) {
        if names.contains(name) {
          faults.append(object["name"].fault("duplicate \(name.inQuotes)"))
        }
        names.append(name)
      }
      if let transport, let port { ports.append((object["port"], PortRange(transport, port))) }
    }
    return ports
  }

  private static func ranges(
    _ value: ConfigurationValue,
    _ faults: inout Faults
  ) -> [PortRange] {
    var ranges: [PortRange] = []
    for element in faults.read(value, ConfigurationValue.elements) ?? [] {
      guard let object = faults.read(element, ConfigurationValue.requiredObject) else { continue }
      faults.refuseKeys(of: object, besides: ["name", "protocol", "start", "end"])
      let transport = faults.gather(try object["protocol"].transport(or: nil))
      let start = faults.read(object["start"], ConfigurationValue.portNumber)
      let end = faults.read(object["end"], ConfigurationValue.portNumber)
      guard let transport, let start, let end else { continue }
      guard let range = PortRange(transport, start, end) else {
        faults.append(element.fault("start \(start) > end \(end)"))
        continue
      }
      if let other = ranges.first(where: range.overlaps) {
        faults.append(element.fault("\(range) overlaps \(other)"))
      }
      ranges.append(range)
    }
    return ranges
  }
}

extension ConfigurationValue {
  fileprivate func requiredObject() throws(CNIError) -> ConfigurationObject? {
    guard value != nil else { throw fault("missing") }
    return try object()
  }

  fileprivate func portNumber() throws(CNIError) -> UInt16? {
    guard value != nil else { throw fault("missing (1 to 65535)") }
    guard case .integer(let number) = value, let port = UInt16(exactly: number), port > 0 else {
      throw fault("\(text) (must be 1 to 65535)")
    }
    return port
  }

  /// Reads a protocol; with nil for the default it must be there.
  fileprivate func transport(
    or absent: TransportProtocol?
  ) throws(CNIError) -> TransportProtocol? {
    guard let value else {
      guard let absent else { throw fault("missing (TCP, UDP or SCTP)") }
      return absent
    }
    guard case .string(let word) = value, let transport = TransportProtocol(rawValue: word) else {
      throw fault("\(text) (TCP, UDP or SCTP)")
    }
    return transport
  }

  /// Reads a port's name: an IANA service name, as KubeVirt wants it (RFC 6335 §5.1).
  fileprivate func portName() throws(CNIError) -> String? {
    guard let name = try string(), !name.isEmpty else { return nil }
    let isAllowed = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard name.utf8.count <= 15, name.utf8.allSatisfy(isAllowed), !name.hasPrefix("-"),
      !name.hasSuffix("-"), !name.utf8.elementsEqual(name.utf8.filter { $0 < 0x3A }),
      !zip(name.utf8, name.utf8.dropFirst()).contains(where: { $0 == 0x2D && $1 == 0x2D })
    else {
      throw fault("\(text) (must be a service name: at most 15 of a-z, 0-9 and single -)")
    }
    return name
  }
}
