// SPDX-License-Identifier: Apache-2.0

import CLibc
package import CNI
import Linux
package import NetworkModel

/// The undo of everything done so far, newest last.
package struct Journal {
  fileprivate enum Undo {
    case step(Step)
    case action(() throws(CNIError) -> Void)
  }

  private var undos: [Undo] = []

  /// Creates an empty journal.
  package init() {}

  /// Records the undo of something that is not a step: a lease, a process, observed rules.
  ///
  /// One recorded as `last` runs after everything that was or will be recorded.
  package mutating func record(
    last: Bool = false,
    _ undo: @escaping () throws(CNIError) -> Void
  ) {
    undos.insert(.action(undo), at: last ? 0 : undos.endIndex)
  }

  /// Records the undo of a step that was done, or may have been because its reply was lost.
  mutating func record(_ step: Step, after failure: KernelError?) {
    guard failure?.leavesOutcomeOpen ?? true else { return }
    undos.append(.step(step))
  }

  fileprivate mutating func takeAll() -> [Undo] {
    defer { undos = [] }
    return undos.reversed()
  }
}

extension Kernel {
  /// Performs the steps in order and records each one's undo; stops at the first failure.
  /// - Throws: the first failure; what is or may be applied is in the journal.
  package func apply(_ plan: [Step], recordingIn journal: inout Journal) throws(KernelError) {
    for step in plan {
      do {
        try perform(step)
      } catch {
        journal.record(step, after: error)
        throw error
      }
      journal.record(step, after: nil)
    }
  }

  /// Undoes everything in the journal, newest first, continuing after failures.
  ///
  /// Returns what could not be undone; a link or rule that is already gone is no failure.
  package func rollBack(_ journal: inout Journal) -> [CNIError] {
    var failures: [CNIError] = []
    for undo in journal.takeAll() {
      switch undo {
      case .step(let step):
        for undo in step.undo {
          let failed = performAll([Step(step.namespace, undo)])
          failures += failed.map { CNIError($0) }
          if !failed.isEmpty { break }
        }
      case .action(let undo):
        do {
          try undo()
        } catch {
          failures.append(error)
        }
      }
    }
    return failures
  }
}

extension KernelError {
  /// Whether the kernel may have carried out the request: its reply had no room, or none came.
  fileprivate var leavesOutcomeOpen: Bool { errno == ENOBUFS || errno == EPROTO }
}
