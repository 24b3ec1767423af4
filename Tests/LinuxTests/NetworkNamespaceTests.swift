// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct NetworkNamespaceTests {
  @Test func `a namespace is distinguished from another`() throws {
    let own = try NetworkNamespace.current().identity

    let other = try inNewNetworkNamespace { try NetworkNamespace.current().identity }

    #expect(own != other)
    #expect(try NetworkNamespace.current().identity == own)
  }

  @Test func `a body runs inside and the thread comes back`() throws {
    try inNewNetworkNamespace {
      let origin = try NetworkNamespace.current()
      let path = "/proc/thread-self/ns/net"
      let inner = try inNewNetworkNamespace { try NetworkNamespace.current().release() }
      let namespace = try NetworkNamespace(path: "/proc/self/fd/\(inner)")

      let seen = try namespace.run(returningTo: origin) { () throws(KernelError) in
        try NetworkNamespace.current().identity
      }

      #expect(seen == namespace.identity)
      #expect(try NetworkNamespace(path: path).identity == origin.identity)
    }
  }

  @Test func `an error in a body does not leave the thread inside`() throws {
    try inNewNetworkNamespace {
      let origin = try NetworkNamespace.current()
      let inner = try inNewNetworkNamespace { try NetworkNamespace.current().release() }
      let namespace = try NetworkNamespace(path: "/proc/self/fd/\(inner)")

      #expect(throws: KernelError.self) {
        try namespace.run(returningTo: origin) { () throws(KernelError) in
          _ = try FileDescriptor(opening: "/does/not/exist", 0)
        }
      }

      #expect(try NetworkNamespace.current().identity == origin.identity)
    }
  }

  @Test(arguments: [
    "/run/netns/does-not-exist", "/etc/hostname/x",
    "/run/netns/" + String(repeating: "x", count: 300),
  ])
  func `a path that leads nowhere is missing`(path: String) throws {
    let isThere = try NetworkNamespace.ifThere(at: path) != nil

    #expect(Self.failure(opening: path) != nil)
    #expect(!isThere)
  }

  @Test func `a namespace that cannot be opened now is not missing`() async {
    await #expect(processExitsWith: .success) {
      var none = rlimit(rlim_cur: 0, rlim_max: 0)
      try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none) == 0)

      do throws(KernelError) {
        _ = try NetworkNamespace.ifThere(at: "/proc/thread-self/ns/net")
        exit(2)
      } catch {
        exit(error.errno == EMFILE ? 0 : 3)
      }
    }
  }

  @Test(arguments: ["/etc/hostname", "/dev/null", "/proc/self/status", "/proc/self/ns/mnt", "/"])
  func `a file that is not a network namespace is recognised`(path: String) {
    #expect(Self.failure(opening: path) == "not a network namespace")
  }

  fileprivate static func failure(opening path: String) -> String? {
    do {
      _ = try NetworkNamespace(path: path)
      return nil
    } catch {
      return error.reason
    }
  }
}

extension NetworkNamespace {
  /// Returns a descriptor that keeps the namespace alive; the test's process closes it at its end.
  fileprivate consuming func release() -> Int32 {
    dup(file.number)
  }
}
