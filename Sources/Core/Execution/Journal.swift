// SPDX-License-Identifier: Apache-2.0

import Linux
package import NetworkModel

/// What takes back the steps applied so far, newest last.
package struct Journal {
  private var undos: [Step] = []

  /// Creates an empty journal.
  package init() {}

  /// Whether an operation is among what would be performed to take the steps back.
  package func takesBack(by operation: Operation) -> Bool {
    undos.contains { $0.operation == operation }
  }

  fileprivate mutating func record(_ step: Step) {
    guard let undo = step.undo else { return }
    undos.append(Step(step.namespace, undo))
  }

  fileprivate mutating func takeAll() -> [Step] {
    defer { undos = [] }
    return undos.reversed()
  }
}

extension Kernel {
  /// Performs the steps in order and records each one's undo; stops at the first failure.
  /// - Throws: the first failure; what was applied before it is in the journal.
  package func apply(_ plan: [Step], recordingIn journal: inout Journal) throws(KernelError) {
    try perform(plan) { step, failure throws(KernelError) in
      if let failure { throw failure }
      journal.record(step)
    }
  }

  /// Takes back everything in the journal, newest first, going on over failures.
  ///
  /// Returns what could not be taken back; a link or rule that is already gone is no failure.
  package func rollBack(_ journal: inout Journal) -> [KernelError] {
    performAll(journal.takeAll())
  }
}
