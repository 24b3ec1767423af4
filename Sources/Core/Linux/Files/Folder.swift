// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A folder of a file system, sysfs included.
package enum Folder {
  /// Returns the names in a folder in ascending order, without `.` and `..`; nil if it does not
  /// exist.
  package static func names(in path: String) throws(KernelError) -> [String]? {
    guard let stream = unsafe opendir(path) else {
      return try absence("list", path)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    var failure: Int32 = 0
    while let entry = unsafe clinux_readdir(stream, &failure) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    guard failure == 0 else {
      throw KernelError(errno: failure, operation: "list", object: "'\(path)'")
    }
    return names.sorted()
  }

  /// Creates a folder and its missing parents.
  package static func make(_ path: String, mode: UInt32) throws(KernelError) {
    if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    if errno == ENOENT, !parent.isEmpty { try make("/" + parent, mode: mode) }
    try SystemCall.run("make folder", "'\(path)'") {
      unsafe mkdir(path, mode) == 0 || errno == EEXIST ? 0 : Int32(-1)
    }
  }

  /// Removes a folder if it is empty.
  package static func removeIfEmpty(_ path: String) {
    _ = unsafe rmdir(path)
  }

  /// Returns the inode number of a file or folder, or nil if it does not exist.
  ///
  /// The corresponding C function is `stat`, `st_ino`. In sysfs a device that was removed and added
  /// again has another number.
  /// - Throws: `KernelError` if it may exist.
  package static func inode(of path: String) throws(KernelError) -> UInt64? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return try absence("examine", path) }
    return UInt64(status.st_ino)
  }

  /// Returns the last component of a symbolic link's target, or nil if it does not exist.
  /// - Throws: `KernelError` if it may exist.
  package static func destinationName(of path: String) throws(KernelError) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return -1 }
      return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard count > 0 else { return try absence("read link", path) }
    let target = String(decoding: buffer.prefix(count), as: UTF8.self)
    return target.split(separator: "/").last.map(String.init)
  }

  /// Returns nil if the last call failed because the file does not exist (ENOENT, ENOTDIR, or
  /// EINVAL if it is not a link).
  private static func absence<Value>(
    _ operation: String,
    _ path: String
  ) throws(KernelError) -> Value? {
    let number = errno
    if [ENOENT, ENOTDIR, EINVAL].contains(number) { return nil }
    throw KernelError(errno: number, operation: operation, object: "'\(path)'")
  }
}
