// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// An open file, closed when its owner ends.
///
/// It is public, as `RouteSocket` is, because embedded Swift shows a `deinit` to other modules only
/// then.
public struct FileDescriptor: ~Copyable {
  /// The descriptor, to lend to a system call; this object still owns it.
  package let number: Int32

  /// Takes ownership of a descriptor.
  package init(owning number: Int32) {
    self.number = number
  }

  /// Opens a file; O_CLOEXEC is always added.
  /// - Throws: `KernelError`, such as ENOENT or EACCES.
  package init(opening path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(KernelError) {
    let number = try SystemCall.run("open", "'\(path)'") {
      unsafe path.withCString { unsafe clinux_open($0, flags | O_CLOEXEC, mode) }
    }
    self.init(owning: number)
  }

  /// Opens a file in a folder; O_CLOEXEC is always added.
  /// - Throws: `KernelError`, such as ELOOP for a symbolic link with O_NOFOLLOW.
  package init(
    opening name: String,
    _ flags: Int32,
    in folder: borrowing FileDescriptor
  ) throws(KernelError) {
    let folder = folder.number
    let number = try SystemCall.run("open", "'\(name)'") {
      unsafe name.withCString { unsafe clinux_openat(folder, $0, flags | O_CLOEXEC, 0o600) }
    }
    self.init(owning: number)
  }

  deinit {
    // EINTR leaves the descriptor closed on Linux; EBADF means another owner closed it.
    let result = CLibc.close(number)
    if result != 0, errno == EBADF { ThisProcess.stop("descriptor \(number) was closed twice") }
  }

  /// Gives up ownership of the descriptor: it will not be closed here.
  @export(interface)
  package consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }

  /// Reads up to `limit` bytes or to the end of the file, whichever comes first.
  package borrowing func read(
    limit: Int,
    describedAs object: @autoclosure () -> String
  ) throws(KernelError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while bytes.count < limit {
      let wanted = min(chunk.count, limit - bytes.count)
      let number = number
      let count = try SystemCall.run("read", object()) { unsafe CLibc.read(number, &chunk, wanted) }
      if count == 0 { break }
      bytes += chunk.prefix(count)
    }
    return bytes
  }

  /// Reads once, up to `limit` bytes from the start of the file; the file offset does not change.
  package borrowing func readAtStart(
    limit: Int,
    describedAs object: @autoclosure () -> String
  ) throws(KernelError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    let number = number
    let count = try SystemCall.run("read", object()) { unsafe pread(number, &bytes, limit, 0) }
    return Array(bytes.prefix(count))
  }

  /// Writes all bytes.
  package borrowing func write(
    _ bytes: some Collection<UInt8>,
    describedAs object: @autoclosure () -> String
  ) throws(KernelError) {
    var rest = Array(bytes)[...]
    let number = number
    while !rest.isEmpty {
      let count = try SystemCall.run("write", object()) {
        unsafe rest.withUnsafeBytes { unsafe CLibc.write(number, $0.baseAddress, $0.count) }
      }
      rest = rest.dropFirst(count)
    }
  }
}
