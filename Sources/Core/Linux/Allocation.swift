// SPDX-License-Identifier: Apache-2.0

/// Returns what a C function allocated; a process out of memory cannot continue.
package func allocated<Pointer>(_ pointer: Pointer?) -> Pointer {
  guard let pointer else { ThisProcess.stop("out of memory") }
  return pointer
}
