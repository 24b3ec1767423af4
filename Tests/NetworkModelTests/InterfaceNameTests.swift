// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@Suite struct InterfaceNameTests {
  @Test func `names are equal if their bytes are`() throws {
    let composed = try #require(InterfaceName("\u{E9}th0"))
    let decomposed = try #require(InterfaceName("e\u{301}th0"))

    #expect(composed != decomposed)
    #expect(Set([composed, decomposed, composed]).count == 2)
    #expect(decomposed < composed)
  }

  @Test(arguments: ["br%d", "%", "all", "default"])
  func `a name that no new link can get is recognised`(name: String) throws {
    #expect(try #require(InterfaceName(name)).isFree == false)
  }

  @Test(arguments: ["lo", "all0", "eth0.100", "k6t-eth0"])
  func `any other name is accepted`(name: String) throws {
    #expect(try #require(InterfaceName(name)).isFree)
  }
}
