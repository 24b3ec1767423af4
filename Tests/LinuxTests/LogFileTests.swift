// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Linux
import NetworkModel
import Testing

@Suite struct LogFileTests {
  /// A folder for logs that is removed afterwards, with what the tests put there.
  private static func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/log-file-XXXXXX".utf8CString)
    let folder = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    defer {
      for name in ["sub/log", "log", "other", "target"] { unsafe unlink("\(folder)/\(name)") }
      unsafe rmdir("\(folder)/sub")
      unsafe rmdir(folder)
    }
    try body(folder)
  }

  private static func file(_ path: String, in folder: String) throws -> LogFile {
    try #require(LogFile("\(folder)/\(path)", in: folder))
  }

  private static func refusal(_ path: String, in folder: String) throws -> KernelError? {
    let file = try file(path, in: folder)
    return #expect(throws: KernelError.self) { try file.append("msg=one") }
  }

  @Test func `lines are appended, each with a timestamp`() throws {
    try Self.withFolder { folder in
      unsafe mkdir("\(folder)/sub", 0o755)
      let file = try Self.file("sub/log", in: folder)

      try file.append("msg=one")
      try file.append("msg=two")

      let lines = try #require(try TextFile(file.path).read()).split(separator: "\n")
      #expect(lines.map { $0.drop { $0 != " " } } == [" msg=one", " msg=two"])
      #expect(lines.allSatisfy { $0.hasPrefix("time=2") })
    }
  }

  @Test(arguments: [
    "/etc/passwd", "/var/log", "/var/log/", "/var/log/../x", "/var/log/./x", "/var/log//x",
    "/var/logs/x", "var/log/x", "/var/log/a\0b",
  ])
  func `a path outside the log folder is rejected`(path: String) {
    #expect(LogFile(path) == nil)
  }

  @Test(arguments: [
    // The record of a boot in wtmp, what a pod prints as its runtime keeps it, auditd's log.
    "\u{2}", "2026-01-02T03:04:05.678901234Z stdout F time=", "type=DAEMON_START", "t",
  ])
  func `a file with other contents is left alone`(text: String) throws {
    try Self.withFolder { folder in
      try TextFile("\(folder)/log").write(text)

      let found = try Self.refusal("log", in: folder)

      #expect(found?.errno == EINVAL)
      #expect(try TextFile("\(folder)/log").read() == text)
    }
  }

  @Test(arguments: ["", "time=\"2026-01-02T03:04:05Z\" level=\"info\" msg=\"zero\"\n"])
  func `an empty file, as left by logrotate, and sriov-cni's log are continued`(text: String) throws
  {
    try Self.withFolder { folder in
      try TextFile("\(folder)/log").write(text)

      try Self.file("log", in: folder).append("msg=one")

      let found = try #require(try TextFile("\(folder)/log").read())
      #expect(found.hasPrefix(text + "time=2"))
      #expect(found.hasSuffix("Z msg=one\n"))
    }
  }

  @Test func `a symbolic link that replaces the file at the last moment is not followed`() throws {
    try Self.withFolder { folder in
      let file = try Self.file("log", in: folder)
      try TextFile("\(folder)/target").write("")

      DispatchQueue.concurrentPerform(iterations: 2) { turn in
        for _ in 0..<20_000 {
          if turn == 0 {
            try? file.append("msg=one")  // some are refused
          } else {
            unsafe symlink("target", file.path)
            unsafe unlink(file.path)
          }
        }
      }

      #expect(try TextFile("\(folder)/target").read() == "")
    }
  }

  @Test func `a pipe without a reader is rejected at once`() throws {
    try Self.withFolder { folder in
      unsafe mkfifo("\(folder)/log", 0o600)

      let reason = "cannot write to '\(folder)/log': it is not a regular file with a single link"
      let found = try Self.refusal("log", in: folder)
      #expect(found?.description == reason)
    }
  }

  @Test func `a symbolic link is not followed, as a file or as a folder`() throws {
    try Self.withFolder { folder in
      unsafe symlink("/tmp/must-not-be-made", "\(folder)/log")
      unsafe symlink("/tmp", "\(folder)/other")

      _ = try Self.refusal("log", in: folder)
      _ = try Self.refusal("other/must-not-be-made", in: folder)

      #expect(try Folder.inode(of: "/tmp/must-not-be-made") == nil)
    }
  }

  @Test func `a hard link to another file is rejected`() throws {
    try Self.withFolder { folder in
      try TextFile("\(folder)/other").write("kept")
      unsafe link("\(folder)/other", "\(folder)/log")

      _ = try Self.refusal("log", in: folder)

      let kept = try TextFile("\(folder)/other").read()
      #expect(kept == "kept")
    }
  }

  @Test func `a folder that users other than root can change is rejected`() throws {
    try Self.withFolder { folder in
      unsafe mkdir("\(folder)/sub", 0o755)
      unsafe chmod("\(folder)/sub", 0o777)

      let found = try Self.refusal("sub/log", in: folder)

      #expect(found?.errno == EINVAL)
      #expect(try Folder.inode(of: "\(folder)/sub/log") == nil)
    }
  }

  @Test func `a missing folder is an error and is not created`() throws {
    try Self.withFolder { folder in
      let found = try Self.refusal("sub/log", in: folder)

      #expect(found?.errno == ENOENT)
      #expect(try Folder.inode(of: "\(folder)/sub") == nil)
    }
  }
}
