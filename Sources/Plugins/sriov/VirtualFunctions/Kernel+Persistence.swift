// SPDX-License-Identifier: Apache-2.0

import CLibc
import Execution
import Linux
import Netlink
import NetworkModel

extension Kernel {
  /// Performs a step, and retries the rest of it for up to 1.3 seconds while the driver is busy.
  ///
  /// i40e and ice refuse requests (EAGAIN, EBUSY) while they reset a virtual function.
  /// - Throws: `KernelError` in the operation's words.
  func persist(in step: Step) throws(KernelError) {
    var step = step
    var pause = 20
    while true {
      do {
        return try perform(step)
      } catch {
        guard error.errno == EAGAIN || error.errno == EBUSY, pause <= 640 else { throw error }
      }
      _ = try Polling.wait(for: [], milliseconds: pause)
      pause *= 2
      guard let left = try left(of: step) else { return }
      step = left
    }
  }

  /// Performs steps in order, each as above.
  /// - Throws: `KernelError`, the first failure.
  func persist(inOrder steps: [Step]) throws(KernelError) {
    for step in steps { try persist(in: step) }
  }

  /// Returns what a physical function reports about one virtual function, or nil.
  func settings(
    of index: VFIndex,
    through physical: InterfaceName
  ) throws(KernelError) -> VFSettings? {
    try host.route.virtualFunctions(of: physical)?.list?.first { $0.index == index }
  }

  /// What remains of a step that was refused half-way: the kernel applies the settings of one
  /// message one after another.
  private func left(of step: Step) throws(KernelError) -> Step? {
    guard case .changeVF(let index, let physical, let changes) = step.operation,
      let present = try settings(of: index, through: physical)
    else { return step }
    let left = changes.map { $0.left(in: present) }.filter { !$0.isEmpty }
    return left.isEmpty ? nil : Step(step.namespace, .changeVF(index, of: physical, left))
  }
}
