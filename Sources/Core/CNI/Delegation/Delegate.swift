// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// Another plugin's executable, called in place of the runtime.
struct Delegate {
  private let type: String
  private let path: String

  /// Finds a plugin: the first regular file of its name in the folders, in order.
  init(type: String, in directories: [String]) throws(CNIError) {
    guard !type.contains("/") else {
      throw CNIError(
        .invalidConfiguration,
        "invalid plugin name: \(type.excerpt)",
        details: #""ipam.type" must be a file name without slashes"#
      )
    }
    let candidates = directories.lazy.map { "\($0)/\(type)" }
    guard let path = candidates.first(where: ChildProcess.isProgram(at:)) else {
      throw CNIError(
        .internalFailure,
        "failed to find plugin \(type.inQuotes) in path [\(directories.joined(separator: " "))]"
      )
    }
    self.type = type
    self.path = path
  }

  /// Runs the plugin with the given command and the unmodified document.
  ///
  /// Its standard error is passed on, unless it becomes the error's text.
  /// - Throws: `CNIError`; the plugin's own error is unchanged.
  func run(_ command: Command, _ document: [UInt8]) throws(CNIError) -> [UInt8] {
    let output: ChildProcess.Output
    do {
      output = try ChildProcess.run(
        path,
        setting: [Environment.Variable.command.rawValue: command.rawValue],
        input: document,
        outputLimit: Call.inputLimit
      )
    } catch {
      throw CNIError(error, details: "delegated \(command.rawValue) to plugin '\(type)'")
    }
    if output.ending != .exited(status: 0), output.standardOutput.isEmpty {
      throw failure(command, output)
    }
    StandardStreams.writeError(output.standardError)
    guard output.ending == .exited(status: 0) else { throw failure(command, output) }
    return output.standardOutput
  }

  /// The plugin's own error; if it gave none, what is known about how it ended.
  private func failure(_ command: Command, _ output: ChildProcess.Output) -> CNIError {
    let value = try? JSON.parse(output.standardOutput)  // handled below if it is not JSON
    if case .object(let object) = value, let error = CNIError(ConfigurationObject(object)) {
      return error
    }
    let ending = "plugin '\(type)' failed in \(command.rawValue) with \(output.ending.text)"
    guard output.standardOutput.isEmpty else {
      let text = String(decoding: output.standardOutput.prefix(1024), as: UTF8.self).onOneLine
      return CNIError(.internalFailure, "\(ending) and no error object: \(text)")
    }
    let text = String(decoding: output.standardError, as: UTF8.self).onOneLine
    return CNIError(.internalFailure, text.isEmpty ? ending : "\(ending): \(text)")
  }
}

extension CNIError {
  /// Reads an error object, or returns nil if the object is not one.
  fileprivate init?(_ object: ConfigurationObject) {
    guard let code = try? object["code"].integer(in: 0...Int.max),
      let message = try? object["msg"].string()
    else { return nil }
    let details = try? object["details"].string()  // libcni only knows strings
    self.init(CNIErrorCode(rawValue: UInt(code)), message, details: details ?? "")
  }
}

extension ChildProcess.Ending {
  fileprivate var text: String {
    switch self {
    case .exited(let status): "exit status \(status)"
    case .killed(let signal): "signal \(signal)"
    }
  }
}
