// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import TestSupport
import Testing

/// `flock(1)` on the namespace's file is the other process.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct NamespaceLockTests {
  private static func canLock(_ mode: String) throws -> Bool {
    try Program.run(
      "flock",
      mode,
      "--nonblock",
      "/proc/self/ns/net",
      "true"
    ).status == 0
  }

  @Test func `the exclusive lock excludes all others`() throws {
    try inNewNetworkNamespace {
      let lock = try NamespaceLock(.exclusive)

      #expect(try !Self.canLock("--shared"))
      #expect(try !Self.canLock("--exclusive"))
      extendLifetime(lock)
    }
  }

  @Test func `the shared lock excludes only exclusive ones`() throws {
    try inNewNetworkNamespace {
      let lock = try NamespaceLock(.shared)

      #expect(try Self.canLock("--shared"))
      #expect(try !Self.canLock("--exclusive"))
      extendLifetime(lock)
    }
  }

  @Test func `a lock ends with its owner`() throws {
    try inNewNetworkNamespace {
      _ = try NamespaceLock(.exclusive)

      #expect(try Self.canLock("--exclusive"))
    }
  }

  @Test func `a lock held by another process is skipped after a timeout`() throws {
    try inNewNetworkNamespace {
      let others = try NamespaceLock(.exclusive)
      let start = Polling.now

      let own = try NamespaceLock(.exclusive, milliseconds: 30)

      #expect(Polling.now - start >= 30)
      let isHeld = own.isHeld
      #expect(!isHeld)
      extendLifetime(own)
      extendLifetime(others)
    }
  }

  @Test func `a lock released in time is acquired`() throws {
    try inNewNetworkNamespace {
      let others = try Program.run(
        "sh",
        "-c",
        "(exec 9</proc/self/ns/net; flock 9; sleep 0.2) >/dev/null 2>&1 &"
      )
      #expect(others.status == 0)

      let own = try NamespaceLock(.exclusive)

      let isHeld = own.isHeld
      #expect(isHeld)
      #expect(try !Self.canLock("--shared"))
      extendLifetime(own)
    }
  }

  @Test func `every namespace has its own lock`() throws {
    try inNewNetworkNamespace {
      let lock = try NamespaceLock(.exclusive)

      let canLockAnother = try inNewNetworkNamespace { try Self.canLock("--exclusive") }

      #expect(canLockAnother)
      extendLifetime(lock)
    }
  }
}
