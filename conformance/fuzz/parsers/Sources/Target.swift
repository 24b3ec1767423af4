// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A parser under test, chosen by the variable FUZZ_TARGET: libFuzzer knows one entry point.
enum Target: String, CaseIterable {
  case json, call, result, arguments, label
  case link, addresses, connection, ruleset, comment
  case record, cache, note, service
  case dhcp4, dhcp6, solicitation, resolver

  /// What this process feeds.
  static let chosen: Target = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = Target(rawValue: name) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      fatalError("FUZZ_TARGET is '\(name)', not one of \(names)")
    }
    return target
  }()

  /// Feeds the bytes to the parser and judges what comes out.
  func feed(_ bytes: [UInt8]) {
    switch self {
    case .json: feedJSON(bytes)
    case .call: feedCall(bytes)
    case .result: feedResult(bytes)
    case .arguments: feedArguments(bytes)
    case .label: feedLabel(bytes)
    case .link, .addresses: feedRouteReplies(bytes)
    case .connection: feedConnections(bytes)
    case .ruleset: feedRuleset(bytes)
    case .comment: feedComment(bytes)
    case .record: feedRecord(bytes)
    case .cache: feedCache(bytes)
    case .note: feedNote(bytes)
    case .service: feedServiceRecord(bytes)
    case .dhcp4: feedDHCPv4(bytes)
    case .dhcp6: feedDHCPv6(bytes)
    case .solicitation: feedSolicitation(bytes)
    case .resolver: feedResolver(bytes)
    }
  }
}

/// Ends the process where something that must hold does not; libFuzzer keeps the input.
func require(_ condition: Bool, _ claim: @autoclosure () -> String) {
  guard !condition else { return }
  FileHandle.standardError.write(Data("broken: \(claim())\n".utf8))
  abort()
}

/// libFuzzer's entry point.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Target.chosen.feed(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
