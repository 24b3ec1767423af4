// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

extension RouteSocket {
  /// Returns the link of a name, or nil where there is none.
  package borrowing func link(named name: InterfaceName) throws(KernelError) -> Link? {
    var request = RouteMessage.lookingUp(.one)
    request.put(IFLA_IFNAME, text: name.string)
    return try link(request) { ("look up", "interface '\(name)'") }
  }

  /// Returns the link of an index, or nil where there is none.
  package borrowing func link(at index: Int32) throws(KernelError) -> Link? {
    let request = RouteMessage.lookingUp(.one, at: index)
    return try link(request) { ("look up", "interface \(index)") }
  }

  private borrowing func link(
    _ request: borrowing RouteMessage,
    _ words: NetlinkSocket.Words
  ) throws(KernelError) -> Link? {
    do {
      return try socket.ask(request, words) { Link($0) }.first
    } catch {
      guard error.errno == ENODEV else { throw error }
      return nil
    }
  }

  /// Deletes the link of an index if it is of a kind, whatever its name; one that is gone is no failure.
  package borrowing func deleteLink(at index: Int32, ofKind kind: String) throws(KernelError) {
    let header = ifinfomsg(index: index)
    let words = { ("delete", "\(kind) \(index)") }
    do {
      let found = try socket.ask(RouteMessage(RTM_GETLINK, .one, header: header), words) { reply in
        let attributes = reply.attributes(after: MemoryLayout<ifinfomsg>.size)
        return attributes.nested(IFLA_LINKINFO)?[IFLA_INFO_KIND]?.text
      }
      guard found == [kind] else { return }
      _ = try socket.ask(RouteMessage.change(RTM_DELLINK, header), words) { $0 }
    } catch {
      guard error.errno == ENODEV else { throw error }
    }
  }

  /// Returns every link of the namespace, or with a master only the links below it.
  ///
  /// Where pods come and go no listing of many links may be that of one moment. A torn one has at
  /// most missed a link, and not the same one each time: the last of three has what the others saw.
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
  /// Asks for links without their counters, which are half of what is known of them.
  fileprivate static func lookingUp(_ answers: NetlinkAnswers, at index: Int32 = 0) -> RouteMessage
  {
    var request = RouteMessage(RTM_GETLINK, answers, header: ifinfomsg(index: index))
    request.put(IFLA_EXT_MASK, UInt32(RTEXT_FILTER_SKIP_STATS))
    return request
  }
}
