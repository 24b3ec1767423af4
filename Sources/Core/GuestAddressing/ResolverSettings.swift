// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// Where names are resolved: what a guest is told instead of its pod's `/etc/resolv.conf`.
package struct ResolverSettings: Hashable, Sendable {
  /// The name servers in order of preference.
  package var servers: [IPAddress]
  /// The domains in which short names are looked up, in order of preference.
  package var search: [DomainName]

  /// The guest's own domain as the user named it; nil for the longest to search.
  package var statedDomain: DomainName?

  /// Creates settings; by default none.
  package init(servers: [IPAddress] = [], search: [DomainName] = []) {
    self.servers = servers
    self.search = search
  }

  /// Reads the text of a `resolv.conf` (resolv.conf(5)); what is malformed is left out.
  ///
  /// Of several `search` and `domain` lines the last holds. Servers that a guest cannot reach are
  /// left out. At most 8 servers and 32 domains are
  /// kept, which packets have room for.
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

  /// Whether a guest can reach a server: not on the loopback, nor by an IPv6 address of one link.
  package static func reaches(_ server: IPAddress) -> Bool {
    !server.isLoopback && !server.isUnspecified && !server.isMulticast
      && !(server.family == .v6 && server.isLinkLocal)
  }

  /// The servers of a family.
  func servers(_ family: IPFamily) -> [IPAddress] {
    servers.filter { $0.family == family }
  }

  /// The domain for a guest that takes only one: the stated one, else the first of the longest.
  package var domain: DomainName? {
    if let statedDomain { return statedDomain }
    return search.reduce(nil) { longest, name in
      name.text.utf8.count > (longest?.text.utf8.count ?? 0) ? name : longest
    }
  }
}
