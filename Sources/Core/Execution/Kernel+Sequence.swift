// SPDX-License-Identifier: Apache-2.0

import Linux
package import NetworkModel

extension Kernel {
  /// Performs the steps in order.
  /// - Throws: `KernelError`, the first failure; what was performed before it stays.
  package func perform(inOrder steps: [Step]) throws(KernelError) {
    for step in steps { try perform(step) }
  }

  /// Performs every step, continuing after failures, and returns those that failed.
  ///
  /// Removing what is already gone (ENODEV, ENOENT, EADDRNOTAVAIL) is no failure; setting it is.
  package func performAll(_ steps: [Step]) -> [KernelError] {
    var failures: [KernelError] = []
    for step in steps {
      do {
        try perform(step)
      } catch {
        if !(error.isAlreadyGone && step.operation.isRemoval) { failures.append(error) }
      }
    }
    return failures
  }
}

extension Operation {
  /// Whether it removes or disables something, so that nothing is left to do if that does not
  /// exist.
  fileprivate var isRemoval: Bool {
    switch self {
    case .link(let operation): operation.isRemoval
    case .ifUnused(.deleteBridge), .ifUnused(.deleteGateway), .ifUnused(.removeAddress),
      .deleteChain:
      true
    case .changeRuleset(let transaction): transaction.allSatisfy { $0.isRemoval }
    case .ifUnused(.changeBridge), .createTap, .setSysctl, .trySysctl: false
    }
  }
}

extension LinkOperation {
  fileprivate var isRemoval: Bool {
    switch self {
    case .deleteLink, .disablePort, .removeAddress, .removePortVLANs, .removeAlternativeName: true
    case .changeLink(_, let change): change == LinkChange(isUp: false)
    default: false
    }
  }
}
