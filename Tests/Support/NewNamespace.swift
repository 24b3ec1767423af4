// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Linux
import NetworkModel

/// Runs the body with the calling thread in a network namespace of its own, which ends with it.
///
/// The body must not suspend; programs started in it are in the namespace too. Its loopback is down.
/// - Throws: what the body throws, or `KernelError` where the test may not make namespaces.
package func inNewNetworkNamespace<Result: ~Copyable>(
  _ body: () throws -> Result
) throws -> Result {
  let origin = try NetworkNamespace.current()
  try SystemCall.run("make", "a network namespace") { unshare(Int32(CLINUX_CLONE_NEWNET)) }
  defer { precondition(setns(origin.file.number, Int32(CLINUX_CLONE_NEWNET)) == 0) }
  return try body()
}

/// Whether this process may make network namespaces; kernel tests are skipped where not.
package func canMakeNetworkNamespaces() -> Bool {
  (try? inNewNetworkNamespace {}) != nil
}
