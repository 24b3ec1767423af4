// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

extension RouteSocket {
  /// Returns the link with a name, or nil.
  package borrowing func link(named name: InterfaceName) throws(KernelError) -> Link? {
    var request = RouteMessage.lookingUp(.one)
    request.put(IFLA_IFNAME, text: name.string)
    return try first(request, { ("look up", "interface '\(name)'") }) { Link($0) }
  }

  /// Returns the link with an index, or nil.
  package borrowing func link(at index: Int32) throws(KernelError) -> Link? {
    let request = RouteMessage.lookingUp(.one, at: index)
    return try first(request, { ("look up", "interface \(index)") }) { Link($0) }
  }

  /// Deletes the link with an index; it is no failure if it is gone.
  package borrowing func deleteLink(at index: Int32) throws(KernelError) {
    let request = RouteMessage.change(RTM_DELLINK, ifinfomsg(index: index))
    _ = try first(request, { ("delete", "interface \(index)") }) { $0 }
  }

  /// Returns what is read from the reply, nil if there is no such link.
  private borrowing func first<Value>(
    _ request: borrowing RouteMessage,
    _ words: NetlinkSocket.Words,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> Value? {
    do {
      return try socket.ask(request, words, read).first
    } catch {
      guard error.errno == ENODEV else { throw error }
      return nil
    }
  }

  /// Returns every link of the namespace, or, given a master, only its ports.
  ///
  /// With frequent pod changes no dump of many links may be consistent. An interrupted dump can
  /// miss a link, but not the same one each time: the last of three includes what the others saw.
  package borrowing func links(below master: Int32? = nil) throws(KernelError) -> [Link] {
    var request = RouteMessage.lookingUp(.many)
    if let master { request.put(IFLA_MASTER, master) }
    var links: [Link] = []
    for _ in 1...3 {
      var seen: [Link] = []
      let whole: [Void]? = try socket.askOnce(request, { ("list", "interfaces") }) {
        Link($0).map { seen.append($0) }
      }
      if whole != nil { return seen }
      let indices = Set(seen.map { $0.index })
      links = seen + links.filter { !indices.contains($0.index) }
    }
    return links
  }
}

extension RouteMessage {
  /// Requests links without their counters, which are half of the data.
  fileprivate static func lookingUp(_ answers: NetlinkAnswers, at index: Int32 = 0) -> RouteMessage
  {
    var request = RouteMessage(RTM_GETLINK, answers, header: ifinfomsg(index: index))
    request.put(IFLA_EXT_MASK, UInt32(RTEXT_FILTER_SKIP_STATS))
    return request
  }
}
