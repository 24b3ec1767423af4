// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

extension RouteSocket {
  /// Returns the link of a name, or nil where there is none.
  /// - Throws: `KernelError`.
  package borrowing func link(named name: InterfaceName) throws(KernelError) -> Link? {
    var message = RouteMessage(RTM_GETLINK, header: ifinfomsg())
    message.put(IFLA_IFNAME, name.string)
    return try link(message, "look up", "interface '\(name)'")
  }

  /// Returns the link of an index, or nil where there is none.
  /// - Throws: `KernelError`.
  package borrowing func link(at index: Int32) throws(KernelError) -> Link? {
    var header = ifinfomsg()
    header.ifi_index = index
    return try link(RouteMessage(RTM_GETLINK, header: header), "look up", "interface \(index)")
  }

  private borrowing func link(
    _ message: consuming RouteMessage,
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String
  ) throws(KernelError) -> Link? {
    do {
      return try request(message, operation(), object()).first.flatMap(Link.init)
    } catch {
      guard error.errno == ENODEV else { throw error }
      return nil
    }
  }

  /// Returns every link of the namespace, or with a master only the links below it.
  /// - Throws: `KernelError`.
  package borrowing func links(below master: Int32? = nil) throws(KernelError) -> [Link] {
    var message = RouteMessage(RTM_GETLINK, flags: NLM_F_DUMP, header: ifinfomsg())
    if let master { message.put(IFLA_MASTER, master) }
    return try request(message, "list", "interfaces").compactMap(Link.init)
  }
}
