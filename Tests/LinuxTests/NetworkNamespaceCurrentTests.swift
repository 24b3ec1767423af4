// SPDX-License-Identifier: Apache-2.0

import Linux
import Testing

@Suite struct NetworkNamespaceCurrentTests {
  @Test(arguments: [
    ("/proc/self/ns/net", true),
    ("/proc/thread-self/ns/net", true),
    ("/proc/self/ns/mnt", false),
    ("/etc/passwd", false),
    ("/nowhere", false),
  ])
  func `only paths to the thread's own namespace are current`(path: String, isCurrent: Bool) {
    #expect(NetworkNamespace.isCurrent(path: path) == isCurrent)
  }
}
