// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import TestSupport
import Testing

/// `flock(1)` is the other process.
@Suite(.enabled(if: Program.exists("flock"), "needs flock"))
struct FileLockTests {
  private let path: String

  init() throws {
    path = "/tmp/file-lock-\(Hexadecimal.text(of: try RandomBytes.make(count: 8)))"
  }

  @Test func `a lock keeps others out until its owner ends`() throws {
    defer { try? TextFile(path).remove() }
    let canLock = { try Program.run("flock", "--nonblock", path, "true").status == 0 }

    let lock = try FileLock(path: path, milliseconds: 0)

    let isHeld = lock != nil
    #expect(isHeld)
    #expect(try !canLock())
    extendLifetime(lock)
    _ = consume lock
    #expect(try canLock())
  }

  @Test(.timeLimit(.minutes(1)), arguments: [0, 40])
  func `a lock held by another process cannot be acquired`(milliseconds: Int) throws {
    defer { try? TextFile(path).remove() }
    let others = try FileLock(path: path, milliseconds: 0)
    let start = Polling.now

    let own = try FileLock(path: path, milliseconds: milliseconds)

    let isHeld = own != nil
    #expect(!isHeld)
    #expect(Polling.now - start >= milliseconds)
    extendLifetime(others)
  }
}
