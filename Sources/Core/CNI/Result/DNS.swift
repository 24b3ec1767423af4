// SPDX-License-Identifier: Apache-2.0

/// Settings for a resolver (CNI 1.1.0, "DNS").
package struct DNS: Hashable, Sendable {
  /// The keys of the settings.
  static let keys = ["nameservers", "domain", "search", "options"]

  /// The addresses of name servers, in order of preference.
  package var nameservers: [String]

  /// The local domain for short names.
  package var domain: String?

  /// The domains to search for short names, in order of preference.
  package var search: [String]

  /// Options for the resolver.
  package var options: [String]

  /// Creates settings, empty by default.
  package init(
    nameservers: [String] = [],
    domain: String? = nil,
    search: [String] = [],
    options: [String] = []
  ) {
    self.nameservers = nameservers
    self.domain = domain
    self.search = search
    self.options = options
  }

  /// Reads settings.
  package init(_ object: ConfigurationObject) throws(CNIError) {
    let domain = try object["domain"].string() ?? ""
    self.init(
      nameservers: try Self.texts(object["nameservers"]),
      domain: domain.isEmpty ? nil : domain,
      search: try Self.texts(object["search"]),
      options: try Self.texts(object["options"])
    )
  }

  private static func texts(_ value: ConfigurationValue) throws(CNIError) -> [String] {
    try value.list { element throws(CNIError) in try element.string() } ?? []
  }

  /// Whether nothing is set.
  package var isEmpty: Bool {
    nameservers.isEmpty && domain == nil && search.isEmpty && options.isEmpty
  }

  /// The settings as a JSON object, without empty ones.
  var json: JSONValue {
    let texts = { (texts: [String]) in
      texts.isEmpty ? nil : JSONValue.array(texts.map(JSONValue.string))
    }
    return .object([
      "nameservers": texts(nameservers),
      "domain": domain.map(JSONValue.string),
      "search": texts(search),
      "options": texts(options),
    ])
  }
}
