// SPDX-License-Identifier: Apache-2.0

import NetworkModel

@testable import GuestAddressing

/// Returns the bytes that hexadecimal digits stand for.
func bytes(_ digits: String) -> [UInt8] {
  let nibbles = digits.utf8.compactMap { Hexadecimal.value(of: $0) }
  return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
}

/// Returns hexadecimal digits, which fail with a readable difference.
func hex(_ bytes: [UInt8]?) -> String? {
  bytes.map { Hexadecimal.text(of: $0) }
}

extension GuestFacts {
  /// A dual-stack guest in a pod of a cluster.
  static let example: GuestFacts = {
    var facts = GuestFacts(bridgeMAC: mac("02:00:00:00:00:00"), mtu: 1450)
    facts.v4 = Network(gateway: prefix("10.0.2.1/24"))
    facts.v6 = Network(gateway: prefix("fd10:0:2::1/120"))
    facts.hostname = DomainName("vm")
    facts.resolver = ResolverSettings(
      text: """
        nameserver 10.96.0.10
        nameserver fd00:96::a
        search ns.svc.cluster.local svc.cluster.local
        """
    )
    return facts
  }()
}

func mac(_ text: String) -> MACAddress {
  guard let mac = MACAddress(text) else { preconditionFailure(text) }
  return mac
}

func prefix(_ text: String) -> IPPrefix {
  guard let prefix = IPPrefix(text) else { preconditionFailure(text) }
  return prefix
}

/// A source of random numbers that gives the same ones at each run.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  // SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func bytes(upTo limit: Int) -> [UInt8] {
    (0..<Int.random(in: 0...limit, using: &self)).map { _ in
      UInt8.random(in: 0...255, using: &self)
    }
  }

  /// Returns a packet with some bytes changed, cut short or added.
  mutating func mutated(_ packet: [UInt8]) -> [UInt8] {
    var packet = packet
    for _ in 0..<Int.random(in: 1...8, using: &self) where !packet.isEmpty {
      packet[Int.random(in: packet.indices, using: &self)] = .random(in: 0...255, using: &self)
    }
    switch Int.random(in: 0...3, using: &self) {
    case 0: return Array(packet.prefix(Int.random(in: 0...packet.count, using: &self)))
    case 1: return packet + bytes(upTo: 64)
    default: return packet
    }
  }
}
