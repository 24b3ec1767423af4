// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import Testing

@Suite struct LogFileTests {
  /// A path in a folder that is removed afterwards.
  private static func withPath(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/log-file-XXXXXX".utf8CString)
    let folder = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    defer {
      unsafe unlink("\(folder)/log")
      unsafe rmdir(folder)
    }
    try body("\(folder)/log")
  }

  @Test func `lines follow one another, each with its moment`() throws {
    try Self.withPath { path in
      try LogFile(path).append("msg=one")
      try LogFile(path).append("msg=two")

      let lines = try #require(try TextFile(path).read()).split(separator: "\n")
      #expect(lines.map { $0.drop { $0 != " " } } == [" msg=one", " msg=two"])
      #expect(lines.allSatisfy { $0.hasPrefix("time=2") })
    }
  }

  @Test func `a pipe that nobody reads is refused at once`() throws {
    try Self.withPath { path in
      unsafe mkfifo(path, 0o600)

      let error = #expect(throws: KernelError.self) { try LogFile(path).append("msg=one") }

      #expect(error?.description == "cannot write to '\(path)': it is no regular file")
    }
  }

  @Test func `a device is refused, unopened`() {
    let error = #expect(throws: KernelError.self) { try LogFile("/dev/null").append("msg=one") }

    #expect(error?.description == "cannot write to '/dev/null': it is no regular file")
  }

  @Test func `a folder that is missing is an error and is not made`() {
    let path = "/tmp/no-such-folder-of-logs/log"

    let error = #expect(throws: KernelError.self) { try LogFile(path).append("msg=one") }

    #expect(error?.errno == ENOENT)
    #expect(Folder.inode(of: "/tmp/no-such-folder-of-logs") == nil)
  }
}
