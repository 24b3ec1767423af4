// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import TestSupport
import Testing

/// A file that is replaced survives a crash only if the kernel was asked to write it down: what the
/// kernel cannot write down must be an error.
@Suite(.enabled(if: geteuid() == 0, "needs root to give a folder away"))
struct TextFileTests {
  private let folder: String

  init() throws {
    folder = "/tmp/text-file-\(Hexadecimal.text(of: try RandomBytes.make(count: 8)))"
    try Folder.make(folder, mode: 0o700)
  }

  @Test func `a file is replaced as a whole`() throws {
    defer { _ = try? Program.run("rm", "-r", folder) }
    let file = TextFile("\(folder)/record")

    try file.replace(with: "old")
    try file.replace(with: "new")

    #expect(try file.read() == "new")
    #expect(try Folder.names(in: folder) == ["record"])
  }

  @Test func `a text that cannot be synchronised replaces nothing`() throws {
    defer { _ = try? Program.run("rm", "-r", folder) }
    let file = TextFile("\(folder)/record")
    try file.replace(with: "old")
    // Devices take every byte and cannot be synchronised (EINVAL).
    try #require(unsafe symlink("/dev/null", "\(folder)/.record.new") == 0)

    let error = #expect(throws: KernelError.self) { try file.replace(with: "new") }

    #expect(error?.errno == EINVAL)
    #expect(try file.read() == "old")
  }

  @Test func `a folder that cannot be synchronised is an error`() async throws {
    defer { _ = try? Program.run("rm", "-r", folder) }
    try #require(unsafe chown(folder, 65534, 65534) == 0 && chmod(folder, 0o300) == 0)

    await #expect(processExitsWith: .success) { [folder = folder as String] in
      guard setuid(65534) == 0 else { exit(2) }
      do throws(KernelError) {
        try TextFile("\(folder)/record").replace(with: "text")
        exit(3)
      } catch {
        exit(error.errno == EACCES && error.object == "'\(folder)'" ? 0 : 4)
      }
    }
  }
}
