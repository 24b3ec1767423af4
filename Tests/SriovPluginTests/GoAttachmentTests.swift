// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import sriov

/// Which of the two paths, the runtime's and sriov-cni's, an attachment of sriov-cni's has: where it
/// is not the recorded one, the virtual function is another's.
@Suite struct GoAttachmentTests {
  @Test(arguments: [
    ("/proc/self/ns/net", "/proc/thread-self/ns/net"),
    ("/var/run/netns/gone-for-a-test", "/run/netns/gone-for-a-test"),
    (nil, "/run/netns/blue"),
  ])
  func `a namespace is recognised by another spelling of its path`(
    requested: String?,
    recorded: String
  ) throws {
    #expect(try GoAttachment.path(requested, recorded: recorded) == recorded)
  }

  @Test(arguments: [
    ("/proc/self/ns/net", "/run/netns/gone-for-a-test"),
    ("/run/netns/gone-for-a-test", "/proc/self/ns/net"),
    ("/run/netns/blue", nil),
  ])
  func `another namespace is not`(requested: String, recorded: String?) throws {
    #expect(try GoAttachment.path(requested, recorded: recorded) == requested)
  }
}
