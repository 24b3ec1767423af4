// SPDX-License-Identifier: Apache-2.0

/// Returns what a C allocator gave; without memory nothing sensible can follow.
func allocated<Pointer>(_ pointer: Pointer?) -> Pointer {
  guard let pointer else { preconditionFailure("out of memory") }
  return pointer
}
