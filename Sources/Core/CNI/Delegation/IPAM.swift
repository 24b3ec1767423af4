// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// The plugin that manages addresses on behalf of this one (CNI 1.1.0 §4, "Plugin Delegation").
package struct IPAM: Sendable {
  /// The plugin's name, which is its file name.
  package let type: String

  private let configuration: NetworkConfiguration
  private let directories: [String]

  /// Returns the plugin named by a configuration's `ipam.type`, or nil if there is none.
  ///
  /// - Throws: `CNIError` if the type is not a string, or is this plugin's, which would start
  ///   itself   endlessly.
  package init?(
    _ configuration: NetworkConfiguration,
    in directories: [String]
  ) throws(CNIError) {
    guard let value = try configuration.ipam()?["type"], let type = try value.string(),
      !type.isEmpty
    else { return nil }
    guard type != ThisProcess.program, try type != configuration.root["type"].string() else {
      throw value.invalid("must be an IPAM plugin, not this one")
    }
    self.type = type
    self.configuration = configuration
    self.directories = directories
  }

  /// Requests at least one address; if that fails, first releases what the plugin may have
  /// reserved.
  /// - Throws: `CNIError`; the plugin's own error is unchanged.
  package func add() throws(CNIError) -> AddResult {
    do throws(CNIError) {
      let lease = try result(from: try run(.add))
      guard !lease.addresses.isEmpty else {
        throw CNIError(.internalFailure, "IPAM plugin returned missing IP config")
      }
      return lease
    } catch {
      _ = try? run(.delete)  // the error of ADD is more useful
      throw error
    }
  }

  /// Verifies that the plugin can serve ADD.
  /// - Throws: `CNIError`, `notAvailable` if there is no such plugin; its own error is unchanged.
  package func status() throws(CNIError) {
    let delegate: Delegate
    do {
      delegate = try Delegate(type: type, in: directories)
    } catch {
      throw CNIError(.notAvailable, error.message, details: error.details)
    }
    _ = try delegate.run(.status, configuration.document)
  }

  /// Runs the plugin for a command and returns its standard output.
  /// - Throws: `CNIError`; the plugin's own error is unchanged.
  @discardableResult
  package func run(_ command: Command) throws(CNIError) -> [UInt8] {
    try Delegate(type: type, in: directories).run(command, configuration.document)
  }

  /// Reads a result, in the configuration's version if it names none; `null` is an empty one.
  private func result(from output: [UInt8]) throws(CNIError) -> AddResult {
    let value: JSONValue
    do {
      value = try JSON.parse(output)
    } catch {
      throw unreadable("line \(error.line), column \(error.column): \(error.reason)")
    }
    if value == .null { return AddResult() }
    do {
      guard let object = try ConfigurationValue(value, at: "").object() else { return AddResult() }
      return try AddResult(object, assuming: configuration.version)
    } catch {
      throw unreadable(error.message)
    }
  }

  private func unreadable(_ reason: String) -> CNIError {
    CNIError(.decodingFailure, "cannot read the result of IPAM plugin '\(type)': \(reason)")
  }
}

extension AttachmentRequest {
  /// Returns the IPAM plugin to delegate to, or nil.
  package func ipam() throws(CNIError) -> IPAM? { try IPAM(configuration, in: pluginDirectories) }

  /// Releases the addresses; an `ipam` that ADD rejects has assigned none.
  /// - Throws: `CNIError`; the plugin's own error is unchanged.
  package func releaseAddresses() throws(CNIError) {
    guard let ipam = try? ipam(), !ipam.type.utf8.contains(UInt8(ascii: "/")) else { return }
    try ipam.run(.delete)
  }
}

extension NetworkRequest {
  /// Returns the IPAM plugin to delegate to, or nil.
  package func ipam() throws(CNIError) -> IPAM? { try IPAM(configuration, in: pluginDirectories) }
}
