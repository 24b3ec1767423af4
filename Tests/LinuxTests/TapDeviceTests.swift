// SPDX-License-Identifier: Apache-2.0

import CLibc
import Linux
import NetworkModel
import TestSupport
import Testing

@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct TapDeviceTests {
  @Test func `an interface that is there is not taken over`() throws {
    let tap = TapCreation(name: try #require(InterfaceName("tap0")))
    try inNewNetworkNamespace {
      try TapDevice.create(tap)

      let error = #expect(throws: KernelError.self) { try TapDevice.create(tap) }

      #expect(error?.errno == EBUSY)
    }
  }
}
