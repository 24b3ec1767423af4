// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct SysctlTests {
  @Test func `a written value is read back`() throws {
    try inNewNetworkNamespace {
      let forwarding = Sysctl("net/ipv4/ip_forward")
      try forwarding.set(to: "1", ifPresent: false)

      #expect(try forwarding.read() == "1")
      #expect(try Program.run("sysctl", "-n", "net.ipv4.ip_forward").output == "1\n")
    }
  }

  @Test func `a setting that the kernel lacks is read as nil`() throws {
    #expect(try Sysctl("net/ipv4/does_not_exist").read() == nil)
  }

  @Test func `an optional setting that is missing is left out`() throws {
    try Sysctl("net/ipv4/does_not_exist").set(to: "1", ifPresent: true)
  }

  @Test func `a value that the kernel refuses is an error`() throws {
    try inNewNetworkNamespace {
      let error = #expect(throws: KernelError.self) {
        try Sysctl("net/ipv4/ip_forward").set(to: "yes", ifPresent: true)
      }

      #expect(
        error?.description
          == "cannot set sysctl 'net/ipv4/ip_forward' to 'yes': Invalid argument"
      )
    }
  }

  @Test func `an error names the setting and the value`() throws {
    try inNewNetworkNamespace {
      let error = #expect(throws: KernelError.self) {
        try Sysctl("net/ipv4/conf/nothing/accept_ra").set(to: "0", ifPresent: false)
      }

      #expect(
        error?.description
          == "cannot set sysctl 'net/ipv4/conf/nothing/accept_ra' to '0': No such file or directory"
      )
    }
  }
}
