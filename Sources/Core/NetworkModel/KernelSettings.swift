// SPDX-License-Identifier: Apache-2.0

/// The values of some settings below /proc/sys, by their paths there.
///
/// A row to look through: for a dozen of them a dictionary costs more than it saves.
package struct KernelSettings: Equatable, Sendable {
  private struct Setting: Equatable {
    let key: String
    var value: String
  }

  private var row: [Setting] = []

  /// Knows nothing yet.
  package init() {}

  /// The value of a setting such as `net/ipv4/ip_forward`, nil where it is not known.
  package subscript(key: String) -> String? {
    get { row.first { $0.key == key }?.value }
    set {
      row.removeAll { $0.key == key }
      if let newValue { row.append(Setting(key: key, value: newValue)) }
    }
  }
}

extension KernelSettings: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, String)...) {
    for (key, value) in elements { self[key] = value }
  }
}
