// SPDX-License-Identifier: Apache-2.0

/// The namespace in which a step acts.
package enum StepNamespace: Hashable, Sendable {
  /// The one the plugin was started in.
  case host
  /// The one CNI_NETNS names.
  case container
}

/// One operation of a plan, with its undo.
package struct Step: Hashable, Sendable {
  /// The namespace.
  package var namespace: StepNamespace
  /// The operation.
  package var operation: Operation
  /// The undo in the same namespace, each step only if those before it succeeded; empty if the undo
  /// of another step covers it.
  package var undo: [Operation]

  /// Creates a step.
  package init(_ namespace: StepNamespace, _ operation: Operation, undo: Operation...) {
    self.namespace = namespace
    self.operation = operation
    self.undo = undo
  }
}
