// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux

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
