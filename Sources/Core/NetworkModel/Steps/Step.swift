// SPDX-License-Identifier: Apache-2.0

/// The namespace in which a step acts.
package enum StepNamespace: Hashable, Sendable {
  /// The one the plugin was started in.
  case host
  /// The one CNI_NETNS names.
  case container
}

/// One operation of a plan, with what takes it back.
package struct Step: Hashable, Sendable {
  /// Where it acts.
  package var namespace: StepNamespace
  /// What it does.
  package var operation: Operation
  /// What takes it back in the same namespace, each only after those before it were done; empty where
  /// another step's undo does.
  package var undo: [Operation]

  /// Creates a step.
  package init(_ namespace: StepNamespace, _ operation: Operation, undo: Operation...) {
    self.namespace = namespace
    self.operation = operation
    self.undo = undo
  }
}
