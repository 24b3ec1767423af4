// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import Testing

/// A folder with executable scripts, removed with its owner.
final class ScriptFolder {
  let path: String

  init() throws {
    ThisProcess.ignoreWriteSignals()
    var template = Array("/tmp/cni-scripts-XXXXXX".utf8CString)
    path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
  }

  deinit {
    _ = try? ChildProcess.run(
      "/bin/sh",
      setting: [:],
      input: Array("rm -r '\(path)'".utf8),
      outputLimit: 0
    )
  }

  /// Writes a shell script and returns its path.
  @discardableResult
  func write(_ name: String, _ script: String, mode: UInt32 = 0o755) throws -> String {
    let file = try FileDescriptor(
      opening: "\(path)/\(name)",
      O_WRONLY | O_CREAT | O_EXCL,
      mode: mode
    )
    try file.write(Array("#!/bin/sh\n\(script)\n".utf8), describedAs: name)
    return "\(path)/\(name)"
  }

  /// Returns what a script left in a file of the folder.
  func content(of name: String) throws -> String {
    let file = try FileDescriptor(opening: "\(path)/\(name)", O_RDONLY)
    return String(decoding: try file.read(limit: 1 << 20, describedAs: name), as: UTF8.self)
  }
}
