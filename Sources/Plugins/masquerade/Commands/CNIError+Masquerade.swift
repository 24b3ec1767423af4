// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux
import NetworkModel

extension CNIErrorCode {
  /// The kernel lacks nf_tables or TUN.
  static var kernelLacksFeature: Self { Self(rawValue: 100) }
  /// The pod's interface is missing, or has no address.
  static var noUplink: Self { Self(rawValue: 101) }
  /// An interface or table that ADD would create already exists.
  static var alreadyExists: Self { Self(rawValue: 102) }
  /// CHECK found a difference.
  static var differs: Self { Self(rawValue: 103) }
}

extension KernelError {
  /// Whether the operation may succeed if it is retried soon.
  var mayPass: Bool {
    switch number {
    case .interrupted, .tryAgain, .noBuffers, .noMemory, .processFileLimit, .systemFileLimit: true
    default: false
    }
  }
}

extension CNIError {
  /// Runs a body; if the kernel refuses an operation in it, throws an error that says why.
  static func refused<Value: ~Copyable>(
    _ body: @autoclosure () throws(KernelError) -> Value
  ) throws(CNIError) -> Value {
    do {
      return try body()
    } catch {
      throw CNIError(refused: error)
    }
  }

  /// The error for an operation that the kernel refused, with the code that says why.
  init(refused error: KernelError) {
    switch error.number {
    case .interrupted, .noBuffers: self.init(error, code: .tryAgainLater)
    case .protocolNotSupported, .familyNotSupported, .notSupported:
      self.init(error, code: .kernelLacksFeature, details: "the kernel needs nf_tables")
    case .noEntry where error.object.hasSuffix("'\(TapDevice.path)'"),
      .noDevice where error.object.hasSuffix("'\(TapDevice.path)'"):
      self.init(error, code: .kernelLacksFeature, details: "the kernel needs TUN")
    default: self.init(error)
    }
  }
}
