// SPDX-License-Identifier: Apache-2.0

import Linux
package import NetworkModel

extension Kernel {
  /// Performs the steps in order; settings of `/proc/sys` that follow one another in one namespace
  /// share one visit to it.
  /// - Throws: `KernelError`, the first failure; what was performed before it stays.
  package func perform(inOrder steps: [Step]) throws(KernelError) {
    var rest = steps[...]
    while let step = rest.first {
      let sysctls = rest.prefix { $0.namespace == step.namespace && $0.operation.isSysctl }
      if sysctls.count > 1 {
        try setSysctls(Array(sysctls), in: step.namespace)
        rest = rest.dropFirst(sysctls.count)
      } else {
        try perform(step)
        rest = rest.dropFirst()
      }
    }
  }

  private func setSysctls(
    _ steps: [Step],
    in namespace: StepNamespace
  ) throws(KernelError) {
    try side(namespace).namespace.run(returningTo: host.namespace) { () throws(KernelError) in
      for step in steps {
        guard case .setSysctl(let key, let value, let ifPresent) = step.operation else { continue }
        try Self.set(Sysctl(key), to: value, ifPresent: ifPresent)
      }
    }
  }
}

extension Operation {
  fileprivate var isSysctl: Bool {
    if case .setSysctl = self { true } else { false }
  }
}
