// SPDX-License-Identifier: Apache-2.0

extension NetworkConfiguration {
  /// Validates the name and the version of a parsed document.
  init(_ root: ConfigurationObject, document: [UInt8]) throws(CNIError) {
    let name = try Self.text(root["name"])
    guard !name.isEmpty else { throw CNIError(.invalidConfiguration, "missing network name") }
    guard Identifier.isValid(name) else {
      throw CNIError(
        .invalidConfiguration,
        "invalid characters found in network name",
        details: name.excerpt
      )
    }
    let text = try Self.text(root["cniVersion"])
    guard let version = text.isEmpty ? .v0_1_0 : SpecVersion(rawValue: text) else {
      throw .unsupportedVersion(text)
    }
    self.document = document
    self.root = root
    self.name = name
    self.version = version
  }

  /// Parses a document without validating name and version.
  /// - Throws: `CNIError` with `decodingFailure`.
  static func parse(_ document: [UInt8]) throws(CNIError) -> ConfigurationObject {
    let fault: String
    do {
      if case .object(let object) = try JSON.parse(document) { return ConfigurationObject(object) }
      fault = "it must be a JSON object"
    } catch {
      fault = "line \(error.line), column \(error.column): \(error.reason)"
    }
    throw CNIError(.decodingFailure, "cannot decode the network configuration: \(fault)")
  }

  private static func text(_ value: ConfigurationValue) throws(CNIError) -> String {
    do {
      return try value.string() ?? ""
    } catch {
      throw CNIError(.decodingFailure, error.message)
    }
  }
}

extension ConfigurationObject {
  /// The supported version named by a whole configuration, or nil.
  var declaredVersion: SpecVersion? {
    guard case .string(let text) = self["cniVersion"].value else { return nil }
    return SpecVersion(rawValue: text)
  }
}
