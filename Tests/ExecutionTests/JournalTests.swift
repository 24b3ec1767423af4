// SPDX-License-Identifier: Apache-2.0

import CNI
import Glibc
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Execution

@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct JournalTests {
  private let bridge: InterfaceName
  private let missing: InterfaceName
  private let mac: MACAddress

  init() throws {
    bridge = try #require(InterfaceName("br1"))
    missing = try #require(InterfaceName("missing"))
    mac = try #require(MACAddress("02:00:00:00:00:01"))
  }

  private var creation: Step {
    let creation = Operation.link(.createBridge(BridgeCreation(name: bridge, mac: mac)))
    return Step(.host, creation, undo: .link(.deleteLink(bridge)))
  }

  /// What undos write down.
  private final class Notes {
    var lines: [String] = []
  }

  @Test func `the last change is undone first`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      var journal = Journal()
      let notes = Notes()
      journal.record { () throws(CNIError) in notes.lines.append("lease") }
      try kernel.apply([creation], recordingIn: &journal)
      journal.record { [bridge] () throws(CNIError) in
        let link = try? kernel.host.link(named: bridge)
        notes.lines.append(link == nil ? "no bridge" : "rules")
      }

      let failures = kernel.rollBack(&journal)

      #expect(failures.isEmpty)
      #expect(notes.lines == ["rules", "lease"])
      #expect(try kernel.host.link(named: bridge) == nil)
    }
  }

  @Test(arguments: [("br1", true), ("missing", false)])
  func `a step is undone in order until that fails`(
    renamed: String,
    works: Bool
  ) throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      let other = try #require(InterfaceName("br2"))
      let first = try #require(InterfaceName(renamed))
      var journal = Journal()
      var step = creation
      step.undo = [
        .link(.changeLink(first, LinkChange(name: other))),
        .link(.deleteLink(works ? other : bridge)),
      ]
      try kernel.apply([step], recordingIn: &journal)

      let failures = kernel.rollBack(&journal)

      #expect(failures.isEmpty == works)
      #expect(try (kernel.host.link(named: bridge) == nil) == works)
      #expect(try kernel.host.link(named: other) == nil)
    }
  }

  @Test func `a link that is gone counts as down and blocks nothing`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      var journal = Journal()
      try Program.must("ip link add missing type bridge")
      _ = try kernel.host.link(named: missing)
      var step = creation
      step.undo = [
        .link(.changeLink(missing, LinkChange(isUp: false))), .link(.deleteLink(bridge)),
      ]
      try kernel.apply([step], recordingIn: &journal)
      try Program.must("ip link delete missing")

      #expect(kernel.rollBack(&journal).isEmpty)
      #expect(try kernel.host.link(named: bridge) == nil)
    }
  }

  @Test func `an undo recorded as last runs after those before and after it`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      var journal = Journal()
      let notes = Notes()
      journal.record { () throws(CNIError) in notes.lines.append("links") }
      journal.record(last: true) { () throws(CNIError) in notes.lines.append("lease") }
      journal.record { () throws(CNIError) in notes.lines.append("rules") }

      _ = kernel.rollBack(&journal)

      #expect(notes.lines == ["rules", "links", "lease"])
    }
  }

  @Test func `an undo runs only once`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      var journal = Journal()
      try kernel.apply([creation], recordingIn: &journal)
      _ = kernel.rollBack(&journal)
      try kernel.perform(creation)

      _ = kernel.rollBack(&journal)

      #expect(try kernel.host.link(named: bridge) != nil)
    }
  }

  @Test func `a step that the kernel refused is not undone`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      try Program.must("ip link add br1 type bridge")
      var journal = Journal()

      #expect(throws: KernelError.self) {
        try kernel.apply([creation], recordingIn: &journal)
      }
      _ = kernel.rollBack(&journal)

      #expect(try kernel.host.link(named: bridge) != nil)
    }
  }

  @Test(arguments: [(ENOBUFS, true), (EPROTO, true), (EEXIST, false), (ENODEV, false)])
  func `a step whose reply was lost is undone`(errno: Int32, isTakenBack: Bool) throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      try kernel.perform(creation)
      var journal = Journal()

      journal.record(creation, after: KernelError(errno: errno, operation: "o", object: "b"))
      _ = kernel.rollBack(&journal)

      #expect(try (kernel.host.link(named: bridge) == nil) == isTakenBack)
    }
  }

  @Test func `undoing continues after failures and reports them`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      var journal = Journal()
      try kernel.apply([creation], recordingIn: &journal)
      journal.record { () throws(CNIError) in throw CNIError(.tryAgainLater, "not now") }

      let failures = kernel.rollBack(&journal)

      #expect(failures == [CNIError(.tryAgainLater, "not now")])
      #expect(try kernel.host.link(named: bridge) == nil)
    }
  }

  @Test func `removing what is gone is no failure`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      let prefix = try #require(IPPrefix("10.1.2.1/24"))
      let table = Nftables.Table.ID(.inet, "missing")

      let failures = kernel.performAll([
        Step(.host, .deleteLink(missing)), Step(.host, .removeAddress(missing, prefix)),
        Step(.host, .disablePort(missing)), Step(.host, .ifUnused(.deleteBridge(missing, mac))),
        Step(.host, .changeRuleset([.deleteTable(table)])),
        Step(.host, .deleteChain(table.chain("c"))), Step(.container, .deleteLink(missing)),
      ])

      #expect(failures.isEmpty)
    }
  }

  @Test func `setting something on a missing link is a failure, and the rest is done`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      let prefix = try #require(IPPrefix("10.1.2.1/24"))
      let chain = Nftables.Table.ID(.inet, "missing").chain("c")

      let failures = kernel.performAll([
        Step(.host, .changeLink(missing, LinkChange(isUp: true))),
        Step(.host, .addAddress(missing, prefix)),
        Step(.host, .setSysctl(key: "net/missing", value: "1", ifPresent: false)),
        Step(.host, .changeRuleset([.flushChain(chain), .addRule(Nftables.Rule([]), chain)])),
        creation,
      ])

      #expect(failures.map(\.errno) == [ENODEV, ENODEV, ENOENT, ENOENT])
      #expect(try kernel.host.link(named: bridge) != nil)
    }
  }

  @Test func `a step for a container that is gone is an error, and the rest is done`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      let sysctl = Operation.setSysctl(key: "net/ipv4/ip_forward", value: "1", ifPresent: true)

      let failures = kernel.performAll([
        Step(.container, sysctl), Step(.container, sysctl),
        Step(.container, .changeLink(missing, LinkChange(isUp: true))), creation,
      ])

      #expect(failures.map(\.errno) == [ENOENT, ENOENT, ENOENT])
      #expect(try kernel.host.link(named: bridge) != nil)
    }
  }

  @Test func `a link is not found by its alternative names, but after it was renamed`() throws {
    try inNewNetworkNamespace {
      let kernel = try Kernel(container: nil)
      let other = try #require(InterfaceName("br2"))
      try kernel.perform(creation)
      try kernel.perform(Step(.host, .addAlternativeName(bridge, "missing")))
      #expect(try kernel.host.link(named: missing) == nil)
      #expect(try kernel.host.link(named: missing, orAlternatively: true)?.name == bridge)

      try kernel.perform(Step(.host, .changeLink(bridge, LinkChange(name: other))))
      let prefix = try #require(IPPrefix("10.1.2.1/24"))
      try kernel.perform(Step(.host, .addAddress(other, prefix)))

      #expect(throws: KernelError.self) { try kernel.host.index(of: bridge) }
    }
  }
}
