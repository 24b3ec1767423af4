// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A small text file, read and replaced as a whole.
package struct TextFile: Hashable, Sendable {
  /// The path.
  package let path: String

  /// Names a file.
  package init(_ path: String) {
    self.path = path
  }

  /// Returns the text, or nil if the file does not exist; never waits for the writer of a FIFO.
  package func read(limit: Int = 65536) throws(KernelError) -> String? {
    let file: FileDescriptor
    do {
      file = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
      return nil
    }
    return String(decoding: try file.read(limit: limit, describedAs: "'\(path)'"), as: UTF8.self)
  }

  /// Replaces the text such that a crash at any moment leaves the old text or the new one.
  ///
  /// The text is on disk when this returns: written to a temporary file, synced, renamed, and the
  /// folder synced. Only one process at a time may replace a file.
  package func replace(with text: String) throws(KernelError) {
    let temporary = temporary
    let file = try FileDescriptor(opening: temporary, O_WRONLY | O_CREAT | O_TRUNC)
    try file.write(text.utf8, describedAs: "'\(temporary)'")
    let number = file.number
    try SystemCall.run("synchronise", "'\(temporary)'") { fdatasync(number) }
    try SystemCall.run("replace", "'\(path)'") { unsafe rename(temporary, path) }
    try Self.synchronise(folder)
  }

  /// Writes a text without protection against crashes.
  package func write(_ text: String) throws(KernelError) {
    let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC)
    try file.write(text.utf8, describedAs: "'\(path)'")
  }

  /// Removes the file; it is no failure if it does not exist.
  package func remove() throws(KernelError) {
    do {
      try SystemCall.run("remove", "'\(path)'") { unsafe unlink(path) }
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
    }
  }

  /// Removes the temporary file of a process that died while replacing the file.
  package func discardUnfinished() throws(KernelError) {
    try TextFile(temporary).remove()
  }

  /// The leading dot marks it as a temporary file in a listing of the folder.
  private var temporary: String { folder + "/." + name + ".new" }

  private var folder: String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }

  private var name: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func synchronise(_ folder: String) throws(KernelError) {
    let file = try FileDescriptor(opening: folder, O_RDONLY | O_DIRECTORY)
    let number = file.number
    try SystemCall.run("synchronise", "'\(folder)'") { fsync(number) }
  }
}

extension TextFile {
  /// Whether the file was last written before the machine booted.
  ///
  /// The corresponding C functions are `stat` and `clock_gettime` with CLOCK_BOOTTIME.
  package func isOlderThanBoot() -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    var now = timespec()
    var sinceBoot = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    unsafe clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    return status.st_mtim.tv_sec < now.tv_sec - sinceBoot.tv_sec
  }
}
