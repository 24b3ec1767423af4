// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The protocol between call and plugin: validates the call, and turns its outcome into a reply.
struct Dispatcher<Subject: Plugin> {
  let plugin: Subject
  let call: Call

  /// Serves the call.
  func reply() -> Reply {
    let command = call.environment[.command]
    switch command {
    case "": return Reply(message: about)
    case Command.version.rawValue: return versionReply
    default: break
    }
    var version = SpecVersion.latest
    do throws(CNIError) {
      let (command, configuration) = try request(&version)
      return try serve(command, configuration)
    } catch {
      return Reply(error, version)
    }
  }

  private var about: String {
    let versions = SpecVersion.allCases.map { $0.rawValue }.joined(separator: ", ")
    return """
      CNI \(plugin.name) plugin \(plugin.version)
      CNI protocol versions supported: \(versions)

      """
  }

  /// Names the configuration's version if the input has a supported one, else the latest.
  ///
  /// No input at all is fine too: the command must also work for a person at a terminal.
  private var versionReply: Reply {
    let root = try? NetworkConfiguration.parse(call.readInputIfReady())  // any input will do
    let version = root.flatMap { $0.declaredVersion } ?? .latest
    let supported = SpecVersion.allCases.map { JSONValue.string($0.rawValue) }
    let document: JSONObject = [
      "cniVersion": .string(version.rawValue),
      "supportedVersions": .array(supported),
    ]
    return Reply(JSONText(.object(document), .compact))
  }

  /// Validates variables, then input, then both together.
  ///
  /// The version of the reply is set as soon as it is known.
  private func request(
    _ version: inout SpecVersion
  ) throws(CNIError) -> (Command, NetworkConfiguration) {
    let text = call.environment[.command]
    let command = Command(rawValue: text)
    try call.environment.judge(for: command)
    let document = try input()
    let root = try NetworkConfiguration.parse(document)
    version = root.declaredVersion ?? .latest
    guard let command else {
      let printable = text.unicodeScalars.filter {
        $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value)
      }
      throw CNIError(.invalidEnvironment, "unknown CNI_COMMAND: \(String(printable).cut(to: 80))")
    }
    let configuration = try NetworkConfiguration(root, document: document)
    version = configuration.version
    return (command, configuration)
  }

  private func input() throws(CNIError) -> [UInt8] {
    let fault: String
    do {
      let document = try call.readInput()
      if document.count <= Call.inputLimit { return document }
      fault = "more than \(Call.inputLimit >> 20) MiB"
    } catch {
      fault = error.reason
    }
    throw CNIError(.ioFailure, "error reading from stdin: \(fault)")
  }
}
