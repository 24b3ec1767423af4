// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A handle on a network namespace, which keeps it alive while held.
package struct NetworkNamespace: ~Copyable {
  /// The identity of a namespace: the device and inode of its file in nsfs.
  package struct Identity: Hashable, Sendable {
    /// `st_dev`.
    package let device: UInt64
    /// `st_ino`.
    package let inode: UInt64

    /// Creates an identity from stored numbers.
    package init(device: UInt64, inode: UInt64) {
      self.device = device
      self.inode = inode
    }
  }

  /// The namespace's file.
  package let file: FileDescriptor

  /// The identity of this namespace.
  package let identity: Identity

  /// Opens the calling thread's namespace.
  /// - Throws: `KernelError` if /proc is not mounted.
  package static func current() throws(KernelError) -> NetworkNamespace {
    let file = try FileDescriptor(opening: "/proc/thread-self/ns/net", O_RDONLY)
    return try NetworkNamespace(file: file, path: "/proc/thread-self/ns/net")
  }

  /// Creates a namespace, which ends when no process has it open any more.
  /// - Throws: `KernelError`, EPERM without CAP_SYS_ADMIN.
  package static func make(
    returningTo origin: borrowing NetworkNamespace
  ) throws(KernelError) -> NetworkNamespace {
    try SystemCall.run("make", "a network namespace") { unshare(Int32(CLINUX_CLONE_NEWNET)) }
    defer { origin.mustEnter() }
    return try current()
  }

  /// Opens the namespace at a path such as `/run/netns/blue` or `/proc/7/ns/net`.
  ///
  /// A bind mount that is gone often leaves an ordinary empty file behind; the type of the file
  /// system distinguishes it from a namespace (`statfs`, `linux/magic.h`).
  /// - Throws: `KernelError`, ENOTTY for a file that is not a network namespace.
  package init(path: String) throws(KernelError) {
    let file = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
    guard try Self.isNamespace(file, path: path) else {
      let reason = "not a network namespace"
      throw KernelError(errno: ENOTTY, errnoText: reason, operation: "open", object: "'\(path)'")
    }
    self = try NetworkNamespace(file: file, path: path)
  }

  /// Opens the namespace at a path, or returns nil if there no longer is one: no file, a file that
  /// nobody could open, or a file that is not a network namespace.
  /// - Throws: `KernelError` if there may be one, such as EMFILE or EACCES.
  package static func ifThere(at path: String) throws(KernelError) -> NetworkNamespace? {
    do {
      return try NetworkNamespace(path: path)
    } catch {
      let absences = [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, ENXIO, ENOTTY]
      guard absences.contains(error.errno) else { throw error }
      return nil
    }
  }

  private init(file: consuming FileDescriptor, path: String) throws(KernelError) {
    var status = stat()
    let number = file.number
    try SystemCall.run("examine", "'\(path)'") { unsafe fstat(number, &status) }
    self.file = file
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// Whether the descriptor is a *network* namespace.
  private static func isNamespace(
    _ file: borrowing FileDescriptor,
    path: String
  ) throws(KernelError) -> Bool {
    var system = statfs()
    let number = file.number
    try SystemCall.run("examine", "'\(path)'") { unsafe fstatfs(number, &system) }
    guard system.f_type == NSFS_MAGIC || system.f_type == PROC_SUPER_MAGIC else { return false }
    do {
      return try SystemCall.run("examine", "'\(path)'") {
        clinux_ioctl(number, UInt(CLINUX_NS_GET_NSTYPE), 0)
      } == Int32(CLINUX_CLONE_NEWNET)
    } catch {
      // Any other error, such as one from a security module, does not show what it is.
      guard error.errno == ENOTTY || error.errno == EINVAL else { throw error }
      return false
    }
  }

  /// Runs the body with the calling thread inside this namespace and always returns from it.
  ///
  /// Sockets opened in the body stay in this namespace; `/proc/sys/net` shows its values.
  /// - Throws: what the body throws, or `KernelError` if the thread may not enter (EPERM).
  package borrowing func run<Result: ~Copyable>(
    returningTo origin: borrowing NetworkNamespace,
    _ body: () throws(KernelError) -> Result
  ) throws(KernelError) -> Result {
    try enter()
    let result: Result
    do {
      result = try body()
    } catch {
      origin.mustEnter()
      throw error
    }
    origin.mustEnter()
    return result
  }

  /// Moves the calling thread into this namespace permanently.
  /// - Throws: `KernelError` if the thread may not enter (EPERM).
  package borrowing func enter() throws(KernelError) {
    let number = file.number
    try SystemCall.run("enter", "network namespace") { setns(number, Int32(CLINUX_CLONE_NEWNET)) }
  }

  /// Returns to a namespace this thread was in before; continuing in a wrong one would harm others.
  private borrowing func mustEnter() {
    do {
      try enter()
    } catch {
      ThisProcess.stop("cannot return to the network namespace: \(error.reason)")
    }
  }
}

extension NetworkNamespace {
  /// Returns whether the path leads to the calling thread's own namespace.
  ///
  /// False if the path does not exist. Calls `stat` twice; nothing is opened.
  package static func isCurrent(path: String) -> Bool {
    var other = stat()
    var own = stat()
    guard unsafe stat(path, &other) == 0, unsafe stat("/proc/thread-self/ns/net", &own) == 0 else {
      return false
    }
    return other.st_dev == own.st_dev && other.st_ino == own.st_ino
  }
}

extension NetworkNamespace {
  /// Opens the namespace with an identity through any process in it, or returns nil.
  ///
  /// The namespace's path may be gone while a process still keeps it alive.
  package static func find(_ identity: Identity) -> NetworkNamespace? {
    let processes = (try? Folder.names(in: "/proc")) ?? []
    for process in processes where process.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      let path = "/proc/\(process)/ns/net"
      guard (try? Folder.inode(of: path)) == identity.inode else { continue }
      // A process may end or move meanwhile: only the identity of the opened file counts.
      guard let namespace = try? NetworkNamespace(path: path) else { continue }
      if namespace.identity == identity { return namespace }
    }
    return nil
  }
}
