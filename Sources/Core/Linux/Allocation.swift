// SPDX-License-Identifier: Apache-2.0

/// Returns what a C function allocated; a process without memory cannot go on.
package func allocated<Pointer>(_ pointer: Pointer?) -> Pointer {
  guard let pointer else { ThisProcess.stop("out of memory") }
  return pointer
}
