// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// The process that serves an attachment's guest: the one fact that no kernel object can hold.
///
/// One file per attachment in /run, which a reboot clears along with the processes.
struct AddressServiceRecord: Equatable {
  /// The process.
  let process: LastingProcess

  private static let root = "/run/cni/masquerade"

  /// Names the process that serves an attachment.
  init(_ process: LastingProcess) {
    self.process = process
  }

  /// Parses a record; nil if the text is not one.
  init?(_ text: String) {
    let words = text.split(whereSeparator: { $0.isWhitespace })
    guard words.count == 4, let number = Int32(words[0]), number > 1, let start = UInt64(words[1])
    else { return nil }
    process = LastingProcess(identifier: number, startTicks: start)
  }

  /// The text of the record; the container and its interface are for human readers.
  func text(_ attachment: Attachment) -> String {
    "\(process.identifier) \(process.startTicks)"
      + " \(attachment.containerID) \(attachment.containerInterface)\n"
  }

  /// Returns the record of an attachment, or nil if there is none.
  static func find(_ attachment: Attachment) throws(KernelError) -> AddressServiceRecord? {
    try file(attachment).read().flatMap { AddressServiceRecord($0) }
  }

  /// Writes the record.
  func keep(_ attachment: Attachment) throws(KernelError) {
    try Folder.make(Self.folder(attachment.network), mode: 0o700)
    try Self.file(attachment).write(text(attachment))
  }

  /// Ends the process that serves an attachment, and deletes the record; having none is no failure.
  static func end(_ attachment: Attachment) throws(KernelError) {
    try end(file(attachment))
    Folder.removeIfEmpty(folder(attachment.network))
  }

  /// Ends services of a network's attachments that are no longer valid, and deletes their records.
  static func endAll(of network: String, except valid: [Attachment]) throws(KernelError) {
    let folder = folder(network)
    let kept = valid.map { $0.hostInterface.string }
    for name in try Folder.names(in: folder) ?? [] where !kept.contains(name) {
      try end(TextFile(folder + "/" + name))
    }
    Folder.removeIfEmpty(folder)
  }

  private static func end(_ file: TextFile) throws(KernelError) {
    guard let text = try file.read() else { return }
    // An ADD that was killed before it wrote the text leaves an empty file.
    try AddressServiceRecord(text)?.process.end(withinMilliseconds: 2000)
    try file.remove()
  }

  /// The network's name, or, if it is too long for the file system, a hash behind a dot, with which
  /// no name begins.
  static func folder(_ network: String) -> String {
    let hash = InterfaceName("", hashOf: network).string
    return "\(root)/\(network.utf8.count > 255 ? ".\(hash)" : network)"
  }

  /// The host interface's name, a hash over the attachment: never too long for a file name.
  private static func file(_ attachment: Attachment) -> TextFile {
    TextFile(folder(attachment.network) + "/" + attachment.hostInterface.string)
  }
}
