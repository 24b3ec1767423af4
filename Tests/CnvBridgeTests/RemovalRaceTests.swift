// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import cnv_bridge

/// The last two attachments go at once: each removal may see what the other is about to remove.
@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("nft"), "nft is not installed")
)
struct RemovalRaceTests {
  /// One of two processes, which each have a socket.
  private final class Process: @unchecked Sendable {
    let firewall: Firewall
    private let removal: Firewall.Removal

    init(_ removal: Firewall.Removal) throws {
      firewall = try Firewall()
      self.removal = removal
    }

    func remove() {
      _ = try? firewall.remove(removal)  // what is left shows
    }
  }

  /// Whether two sockets' removals leave a table in any of some rounds.
  private func leavesTable(
    _ setUp: (Firewall) throws -> Void,
    _ removals: [Firewall.Removal],
    rounds: Int
  ) throws -> Bool {
    try inNewNetworkNamespace {
      let processes = [try Process(removals[0]), try Process(removals[1])]
      for _ in 1...rounds {
        try setUp(processes[0].firewall)
        DispatchQueue.concurrentPerform(iterations: 2) { processes[$0].remove() }
        if try !Program.must("nft list ruleset").isEmpty { return true }
      }
      return false
    }
  }

  @Test func `removing two filters at once leaves no table`() throws {
    let ports = try [name("p1"), name("p2")]
    let mac = try address("02:00:00:00:00:01")

    let leavesTable = try leavesTable(
      { firewall in
        if try !Program.must("ip link").contains("p1") {
          for port in ports { try Program.must("ip link add \(port) type veth") }
        }
        for port in ports {
          try firewall.setUp(SpoofFilter(port: port, address: mac, attachment: ""))
        }
      },
      ports.map { Firewall.Removal(ports: [$0]) },
      rounds: 25
    )

    #expect(!leavesTable)
  }

  @Test func `removing the masquerading of two attachments at once leaves no table`() throws {
    let shares = ["one", "two"].map {
      IPMasquerade.Share(network: "net", containerID: $0, interface: "eth0")
    }
    let addresses = try [prefix("10.1.2.3/24")]

    let leavesTable = try leavesTable(
      { firewall in
        for share in shares { try firewall.setUp(masqueradeOf: share, addresses: addresses) }
      },
      shares.map { Firewall.Removal(masquerade: .share($0)) },
      rounds: 150
    )

    #expect(!leavesTable)
  }
}
