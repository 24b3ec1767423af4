// SPDX-License-Identifier: Apache-2.0

@testable import Netlink
@testable import NetworkModel
@testable import Nftables

extension Target {
  func feedRouteReplies(_ bytes: [UInt8]) {
    for reply in NetlinkReply.split(bytes) {
      _ = Link(reply)
      _ = InterfaceAddress(reply)
      _ = InstalledRoute(reply)
      require((VFSettings.list(reply) ?? []).count <= bytes.count, "a VF takes bytes")
    }
  }

  func feedConnections(_ bytes: [UInt8]) {
    for reply in NetlinkReply.split(bytes) {
      _ = Connection(reply, touching: [.any(.v4), .any(.v6)])
    }
  }

  func feedComment(_ bytes: [UInt8]) {
    guard let comment = Nftables.Comment(userData: bytes) else { return }
    let written = Nftables.Comment(userData: comment.userData)
    require(written == comment || comment.text.utf8.count > 128, "a comment is read as written")
  }

  func feedLabel(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let label = Label(text) else { return }
    require(label.text == text, "a label keeps its text")
  }
}
