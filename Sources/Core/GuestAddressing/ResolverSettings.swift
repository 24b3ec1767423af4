// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// Resolver settings for a guest, in place of its pod's `/etc/resolv.conf`.
package struct ResolverSettings: Hashable, Sendable {
  /// The name servers in order of preference.
  package var servers: [IPAddress]
  /// The search list, in order of preference.
  package var search: [DomainName]

  /// The guest's own domain if the user set it; nil for the longest of the search list.
  package var statedDomain: DomainName?

  /// Creates settings, empty by default.
  package init(servers: [IPAddress] = [], search: [DomainName] = []) {
    self.servers = servers
    self.search = search
  }

  /// Parses a `resolv.conf` (resolv.conf(5)); malformed entries are left out.
  ///
  /// The last `search` or `domain` line counts. Servers that a guest cannot reach are left out. At
  /// most 8 servers and 32 domains are kept, which fit into packets.
  package init(text: String) {
    self.init()
    for line in text.split(whereSeparator: { $0.isNewline }) {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard let keyword = words.first else { continue }
      switch keyword {
      case "nameserver":
        guard words.count > 1, let server = IPAddress(String(words[1])), Self.reaches(server),
          servers.count < 8
        else { continue }
        servers.append(server)
      case "search", "domain":
        let names = words.dropFirst().prefix { !$0.hasPrefix("#") && !$0.hasPrefix(";") }
        search = Array(names.compactMap { DomainName(String($0)) }.prefix(32))
      default: continue
      }
    }
  }

  /// Whether a guest can reach a server: not a loopback or IPv6 link-local address.
  package static func reaches(_ server: IPAddress) -> Bool {
    !server.isLoopback && !server.isUnspecified && !server.isMulticast
      && !(server.family == .v6 && server.isLinkLocal)
  }

  /// The servers of a family.
  func servers(_ family: IPFamily) -> [IPAddress] {
    servers.filter { $0.family == family }
  }

  /// The domain for a guest that accepts only one: the given one, else the first of the longest.
  package var domain: DomainName? {
    if let statedDomain { return statedDomain }
    return search.reduce(nil) { longest, name in
      name.text.utf8.count > (longest?.text.utf8.count ?? 0) ? name : longest
    }
  }
}
