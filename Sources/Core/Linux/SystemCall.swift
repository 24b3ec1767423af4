// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// The number of the calling thread's last error.
package var errno: Int32 { clinux_errno() }

/// The one place where `errno` becomes an error and an interrupted call is repeated.
package enum SystemCall {
  /// Calls the body until it is not interrupted (EINTR) and returns its non-negative value.
  ///
  /// EBADF and EFAULT can only be caused by a bug in this program: they stop the process.
  /// - Throws: the error, with the given operation and object.
  @discardableResult
  package static func run(
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String,
    _ body: () -> Int
  ) throws(KernelError) -> Int {
    while true {
      let value = body()
      if value >= 0 { return value }
      let number = errno
      if number == EINTR { continue }
      let error = KernelError(errno: number, operation: operation(), object: object())
      if number == EBADF || number == EFAULT { ThisProcess.stop(error.description) }
      throw error
    }
  }

  /// Calls a body that returns a C int; see the other form.
  @discardableResult
  package static func run(
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String,
    _ body: () -> Int32
  ) throws(KernelError) -> Int32 {
    Int32(try run(operation(), object()) { Int(body()) })
  }
}

extension KernelError {
  /// Creates an error with the C library's text for a positive error number.
  package init(
    errno number: Int32,
    kernelText: String? = nil,
    operation: String,
    object: String
  ) {
    let errnoText = unsafe strerror(number).map { unsafe String(cString: $0) }
    self.init(
      errno: number,
      errnoText: errnoText ?? "error \(number)",
      kernelText: kernelText,
      operation: operation,
      object: object
    )
  }

  /// Creates an error that no system call has returned.
  package init(_ number: Number, operation: String, object: String) {
    self.init(errno: number.rawValue, operation: operation, object: object)
  }
}

extension KernelError {
  /// Whether the object to remove did not exist.
  package var isAlreadyGone: Bool {
    errno == ENODEV || errno == ENOENT || errno == EADDRNOTAVAIL || errno == ESRCH
  }

  /// Whether the object to create already exists.
  package var isAlreadyThere: Bool { errno == EEXIST }
}

extension KernelError {
  /// Whether the caller lacks a capability.
  package var isNotPermitted: Bool { errno == EPERM || errno == EACCES }
}

/// Returns what a C function allocated; a process out of memory cannot continue.
package func allocated<Pointer>(_ pointer: Pointer?) -> Pointer {
  guard let pointer else { ThisProcess.stop("out of memory") }
  return pointer
}
