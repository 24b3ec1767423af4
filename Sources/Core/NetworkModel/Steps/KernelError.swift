// SPDX-License-Identifier: Apache-2.0

/// An operation that the kernel refused.
///
/// `operation` and `object` complete the sentence "cannot *operation* *object*: *reason*", so that
/// the text names what was attempted and on what.
package struct KernelError: Error, Hashable, Sendable {
  /// The positive error number from `asm-generic/errno.h`.
  package let errno: Int32

  /// The C library's text for the number, such as `No such device`.
  package let errnoText: String

  /// The kernel's own explanation (`NLMSGERR_ATTR_MSG`), if it gave one.
  package let kernelText: String?

  /// The attempted operation, as a verb with its preposition: `add address 10.0.0.1/24 to`.
  package let operation: String

  /// Its object: `interface 'net1'`.
  package let object: String

  /// Creates an error from its parts.
  package init(
    errno: Int32,
    errnoText: String,
    kernelText: String? = nil,
    operation: String,
    object: String
  ) {
    self.errno = errno
    self.errnoText = errnoText
    self.kernelText = kernelText
    self.operation = operation
    self.object = object
  }

  /// The kernel's explanation if there is one, else the C library's text.
  package var reason: String {
    guard let kernelText, !kernelText.isEmpty else { return errnoText }
    return "\(errnoText) (\(kernelText))"
  }
}

extension KernelError {
  /// The error numbers that plugins tell apart (`asm-generic/errno-base.h`, `asm-generic/errno.h`).
  package enum Number: Int32, Sendable {
    /// ENOENT, EINTR, EAGAIN, ENOMEM, EBUSY, EEXIST.
    case noEntry = 2, interrupted = 4, tryAgain = 11, noMemory = 12, busy = 16, exists = 17
    /// ENODEV, EINVAL, ENFILE, EMFILE.
    case noDevice = 19, invalid = 22, systemFileLimit = 23, processFileLimit = 24
    /// EPROTONOSUPPORT, EOPNOTSUPP, EAFNOSUPPORT.
    case protocolNotSupported = 93, notSupported = 95, familyNotSupported = 97
    /// EADDRNOTAVAIL, ENOBUFS.
    case addressNotAvailable = 99, noBuffers = 105
  }

  /// The number, nil for any other.
  package var number: Number? { Number(rawValue: errno) }
}

extension KernelError: CustomStringConvertible {
  package var description: String { "cannot \(operation) \(object): \(reason)" }
}
