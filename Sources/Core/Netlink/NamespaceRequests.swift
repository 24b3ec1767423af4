// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

extension RouteSocket {
  /// Returns the ID by which this socket's namespace knows another, given as an open file; nil if
  /// it has none, since no link leads there.
  ///
  /// As `ip netns list-id`: the reply to RTM_GETNSID with NETNSA_FD contains NETNSA_NSID.
  package borrowing func number(ofNamespace file: Int32) throws(KernelError) -> Int32? {
    var request = RouteMessage(RTM_GETNSID, .one, header: rtgenmsg())
    request.put(NETNSA_FD, file)
    let words = { ("look up the number of", "a network namespace") }
    return try socket.ask(request, words) { reply in
      reply.attributes(after: MemoryLayout<rtgenmsg>.size)[NETNSA_NSID]?
        .integer(as: Int32.self).flatMap { $0 < 0 ? nil : $0 }
    }.first
  }
}
