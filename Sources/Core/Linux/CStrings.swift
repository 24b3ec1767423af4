// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux

/// Strings as C passes arguments and environments: pointers terminated by a null pointer.
@safe struct CStrings: ~Copyable {
  private var pointers: [UnsafeMutablePointer<CChar>?]

  /// Copies strings.
  init(_ texts: [String]) {
    unsafe pointers = texts.map { unsafe strdup($0) } + [nil]
  }

  /// Copies this process's environment byte for byte, with the given variables replaced.
  init(environmentSetting variables: KeyValuePairs<String, String>) {
    unsafe pointers = []
    var next = unsafe clinux_environment()
    while let entry = unsafe next?.pointee {
      let isReplaced = variables.contains { name, _ in
        unsafe strncmp(entry, "\(name)=", name.utf8.count + 1) == 0
      }
      if !isReplaced { unsafe pointers.append(strdup(entry)) }
      unsafe next = next?.successor()
    }
    for (name, value) in variables { unsafe pointers.append(strdup("\(name)=\(value)")) }
    unsafe pointers.append(nil)
  }

  deinit {
    unsafe pointers.forEach { unsafe free($0) }
  }

  /// Whether every string was copied; one lost to a lack of memory would hide those after it.
  var isComplete: Bool { unsafe pointers.dropLast().allSatisfy { unsafe $0 != nil } }

  /// Lends the pointers to a C function.
  mutating func withPointers<Result>(
    _ body: (inout [UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    unsafe body(&pointers)
  }
}
