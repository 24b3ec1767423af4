// SPDX-License-Identifier: Apache-2.0

/// A protocol whose packets carry ports.
enum TransportProtocol: String, Hashable, CaseIterable {
  case tcp = "TCP"
  case udp = "UDP"
  case sctp = "SCTP"

  /// The number in the IP header (`linux/in.h`, `IPPROTO_…`).
  var number: UInt8 {
    switch self {
    case .tcp: 6
    case .udp: 17
    case .sctp: 132
    }
  }
}

/// Ports of one protocol from the first to the last, both included.
struct PortRange: Hashable {
  /// The protocol.
  let transport: TransportProtocol
  /// The lowest port.
  let first: UInt16
  /// The highest port.
  let last: UInt16

  /// Creates a range, or returns nil if the last port is lower than the first.
  init?(_ transport: TransportProtocol, _ first: UInt16, _ last: UInt16) {
    guard first <= last else { return nil }
    self.transport = transport
    self.first = first
    self.last = last
  }

  /// Creates the range of one port.
  init(_ transport: TransportProtocol, _ port: UInt16) {
    self.transport = transport
    first = port
    last = port
  }

  /// Returns whether a port of the same protocol is in both.
  func overlaps(_ other: PortRange) -> Bool {
    transport == other.transport && first <= other.last && other.first <= last
  }

  /// Returns the fewest ranges that contain exactly the same ports, by protocol and port.
  static func merged(_ ranges: [PortRange]) -> [PortRange] {
    let sorted = ranges.sorted {
      ($0.transport.number, $0.first) < ($1.transport.number, $1.first)
    }
    var merged: [PortRange] = []
    for range in sorted {
      if let previous = merged.last, previous.transport == range.transport,
        Int(range.first) <= Int(previous.last) + 1,
        let joined = PortRange(range.transport, previous.first, max(previous.last, range.last))
      {
        merged[merged.count - 1] = joined
      } else {
        merged.append(range)
      }
    }
    return merged
  }
}

extension PortRange: CustomStringConvertible {
  var description: String {
    "\(transport.rawValue) \(first)" + (first == last ? "" : "-\(last)")
  }
}
