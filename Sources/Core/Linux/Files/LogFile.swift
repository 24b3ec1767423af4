// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A file below `/var/log` that lines are appended to, by several processes at once.
///
/// Anyone who may write a configuration chooses it, and root writes to it: it is therefore opened
/// one component at a time without following links, in folders that only root can change.
package struct LogFile: Hashable, Sendable {
  /// The path.
  package let path: String

  private let root: String

  /// Names a file, or returns nil for a path outside the log folder.
  package init?(_ path: String, in root: String = "/var/log") {
    guard path.hasPrefix(root + "/"), !path.utf8.contains(0) else { return nil }
    let names = path.dropFirst(root.count).split(separator: "/", omittingEmptySubsequences: false)
    guard !names.dropFirst().contains(where: { ["", ".", ".."].contains($0) }) else { return nil }
    self.path = path
    self.root = root
  }

  /// Appends a line with a timestamp; the file is created if it is missing, its folder is not.
  ///
  /// Only a regular file with a single link is written to: a pipe would block, a device might act
  /// on it. A non-empty file must begin like every line here and in sriov-cni: logins (`wtmp`) and
  /// the output of other pods are not this log.
  package func append(_ line: String) throws(KernelError) {
    let names = path.dropFirst(root.count + 1).split(separator: "/").map(String.init)
    var folder = try FileDescriptor(opening: root, O_RDONLY | O_DIRECTORY)
    for name in names.dropLast() {
      folder = try FileDescriptor(opening: name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: folder)
      let status = try status(of: folder)
      guard status.st_uid == 0, status.st_mode & 0o022 == 0 else {
        throw refusal("users other than root can write to folder '\(name)'")
      }
    }
    let name = names.last ?? ""
    var status = stat()
    let number = folder.number
    let isThere = unsafe fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    guard !isThere || Self.isOwn(status) else { throw notRegular }
    let flags = O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_NOFOLLOW
    let file = try FileDescriptor(opening: name, flags, in: folder)
    guard Self.isOwn(try self.status(of: file)) else { throw notRegular }
    let start = try file.readAtStart(limit: 5, describedAs: "'\(path)'")
    guard start.isEmpty || start == Array("time=".utf8) else {
      throw refusal("it does not begin with 'time=' as a log of this kind does")
    }
    // One write, so that lines of other processes do not get in between (O_APPEND).
    try file.write("time=\(Self.now) \(line)\n".utf8, describedAs: "'\(path)'")
  }

  private func status(of file: borrowing FileDescriptor) throws(KernelError) -> stat {
    var status = stat()
    let number = file.number
    try SystemCall.run("examine", "'\(path)'") { unsafe fstat(number, &status) }
    return status
  }

  private static func isOwn(_ status: stat) -> Bool {
    clinux_is_regular(status.st_mode) && status.st_nlink == 1
  }

  private var notRegular: KernelError { refusal("it is not a regular file with a single link") }

  private func refusal(_ reason: String) -> KernelError {
    KernelError(errno: EINVAL, errnoText: reason, operation: "write to", object: "'\(path)'")
  }

  /// The time in UTC, in RFC 3339 format.
  private static var now: String {
    var moment = time(nil)
    var parts = unsafe tm()
    unsafe gmtime_r(&moment, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
