// SPDX-License-Identifier: Apache-2.0

import Linux
package import NetworkModel

/// Rows of steps: those that follow one another and have to be done from inside one namespace (its
/// settings below /proc/sys, its taps) share one visit to it.
extension Kernel {
  /// Performs the steps in order.
  /// - Throws: `KernelError`, the first failure; what was performed before it stays.
  package func perform(inOrder steps: [Step]) throws(KernelError) {
    try perform(steps) { _, failure throws(KernelError) in
      if let failure { throw failure }
    }
  }

  /// Performs every step, going on over failures, and returns those that failed.
  ///
  /// To remove what is already gone (ENODEV, ENOENT, EADDRNOTAVAIL) is no failure; to set it is.
  package func performAll(_ steps: [Step]) -> [KernelError] {
    var failures: [KernelError] = []
    do {
      try perform(steps) { step, failure throws(KernelError) in
        guard let failure, !(failure.isAlreadyGone && step.operation.isRemoval) else { return }
        failures.append(failure)
      }
    } catch {
      failures.append(error)  // nothing but the listener throws
    }
    return failures
  }

  /// Performs the steps in order and tells of each what came of it, until the listener throws.
  /// - Throws: `KernelError`, what the listener throws.
  func perform(
    _ steps: [Step],
    _ tell: (Step, KernelError?) throws(KernelError) -> Void
  ) throws(KernelError) {
    var rest = steps[...]
    while let first = rest.first {
      let visit = rest.prefix { $0.namespace == first.namespace && $0.operation.needsVisit }
      guard !visit.isEmpty else {
        try tell(first, failure { () throws(KernelError) in try perform(first) })
        rest.removeFirst()
        continue
      }
      var isInside = false
      do {
        try run(in: first.namespace) { () throws(KernelError) in
          isInside = true
          for step in visit {
            try tell(step, failure { () throws(KernelError) in try step.operation.performHere() })
          }
        }
      } catch {
        guard !isInside else { throw error }
        for step in visit { try tell(step, error) }
      }
      rest.removeFirst(visit.count)
    }
  }

  private func failure(of body: () throws(KernelError) -> Void) -> KernelError? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }
}

extension Operation {
  /// Whether it removes something, so that nothing is left to do where that is not there.
  fileprivate var isRemoval: Bool {
    switch self {
    case .deleteLink, .deleteUnusedBridge, .deleteUnusedGateway, .deleteChain, .disablePort,
      .removeAddress, .removeUnusedAddress, .removePortVLANs, .removeAlternativeName:
      true
    case .changeRuleset(let transaction): transaction.allSatisfy { $0.isRemoval }
    default: false
    }
  }

  /// Whether the kernel takes it for the namespace of the calling thread.
  var needsVisit: Bool {
    switch self {
    case .setSysctl, .createTap: true
    default: false
    }
  }

  /// Performs an operation that needs a visit, from inside.
  /// - Throws: `KernelError`.
  func performHere() throws(KernelError) {
    switch self {
    case .setSysctl(let key, let value, let ifPresent):
      try Sysctl(key).set(to: value, ifPresent: ifPresent)
    case .createTap(let tap): try TapDevice.create(tap)
    default: preconditionFailure("\(self) needs no visit")
    }
  }
}
