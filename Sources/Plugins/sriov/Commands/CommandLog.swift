// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux
import NetworkModel

/// The log requested by a configuration (`logFile`, `logLevel`): one line per command, with its
/// outcome.
///
/// Without a file nothing is written: the runtime already has the result or the error.
struct CommandLog {
  private let settings: LogSettings?
  private let fields: String

  /// A log for one command; a configuration that cannot be read has none.
  init(_ command: Command, _ request: AttachmentRequest) {
    settings = try? LogSettings(request.configuration.root)  // ADD validates it itself
    fields =
      "cmd=\(command.rawValue) containerID=\(request.attachment.containerID.inQuotes)"
      + " netns=\((request.namespacePath ?? "").inQuotes)"
      + " ifname=\(request.attachment.containerInterface.string.inQuotes)"
  }

  /// Runs the command and logs its outcome.
  /// - Throws: what the command throws.
  func around<Result>(_ body: () throws(CNIError) -> Result) throws(CNIError) -> Result {
    do {
      let result = try body()
      write(.info, "done")
      return result
    } catch {
      write(.error, error.description)
      throw error
    }
  }

  private func write(_ level: LogSettings.Level, _ message: String) {
    guard let settings, let file = settings.file, settings.shows(level) else { return }
    do {
      let line = "level=\(level.rawValue) msg=\(message.inQuotes) \(fields)"
      // Parts of it are untrusted text, which no shell may expand.
      try file.append(line.escaping("$", as: "\\u0024").escaping("`", as: "\\u0060"))
    } catch {
      Log.tolerated("\(error)", ["key": "logFile"])
    }
  }
}

extension String {
  fileprivate func escaping(_ character: Character, as escape: String) -> String {
    split(separator: character, omittingEmptySubsequences: false).joined(separator: escape)
  }
}

/// Where and in what detail the plugin logs, as in sriov-cni's configuration.
struct LogSettings: Equatable {
  /// The values of `logLevel`, in order of increasing detail.
  enum Level: String, CaseIterable {
    case panic, error, warning, info, debug
  }

  /// The level (`logLevel`); as in sriov-cni an unknown word means `info`.
  var level: Level
  /// The file to append to (`logFile`), nil for standard error.
  var file: LogFile?

  /// Whether a line of a level is written.
  func shows(_ level: Level) -> Bool {
    Level.allCases.drop { $0 != level }.contains(self.level)
  }

  /// Reads the settings.
  /// - Throws: `CNIError` if one is not a string, or the file is not below `/var/log`.
  init(_ root: ConfigurationObject) throws(CNIError) {
    let text = try root["logLevel"].string() ?? ""
    level = Level(rawValue: text.lowercased()) ?? .info
    guard let path = try root["logFile"].string(), !path.isEmpty else { return }
    guard let file = LogFile(path) else {
      throw root["logFile"].invalid("must be the path of a file below /var/log")
    }
    self.file = file
  }
}
