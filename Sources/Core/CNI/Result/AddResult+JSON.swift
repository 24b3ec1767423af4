// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension AddResult {
  /// Returns the result in the format of a version, as libcni converts it.
  ///
  /// Before 0.3.0 only the first address of each family is kept, with the routes of that family.
  /// - Throws: `CNIError` if the version requires an address and there is none.
  package func json(for version: SpecVersion) throws(CNIError) -> JSONValue {
    switch version {
    case .v0_1_0, .v0_2_0: try familyShape(version)
    case .v0_3_0, .v0_3_1, .v0_4_0: .object(listShape(version, isModern: false))
    case .v1_0_0, .v1_1_0: .object(listShape(version, isModern: true))
    }
  }

  /// Lists of interfaces, addresses and routes; recent versions omit empty DNS settings.
  private func listShape(_ version: SpecVersion, isModern: Bool) -> JSONObject {
    [
      "cniVersion": .string(version.rawValue),
      "interfaces": list(interfaces.map { $0.json(isModern: isModern) }),
      "ips": list(addresses.map { $0.json(isModern: isModern) }),
      "routes": list(routes.map { $0.json }),
      "dns": isModern && dns.isEmpty ? nil : dns.json,
    ]
  }

  private func list(_ elements: [JSONValue]) -> JSONValue? {
    elements.isEmpty ? nil : .array(elements)
  }

  /// One address per family, with the routes of that family.
  private func familyShape(_ version: SpecVersion) throws(CNIError) -> JSONValue {
    try version.judge(hasAddresses: !addresses.isEmpty)
    return .object([
      "cniVersion": .string(version.rawValue),
      "ip4": family(.v4),
      "ip6": family(.v6),
      "dns": dns.json,
    ])
  }

  private func family(_ family: IPFamily) -> JSONValue? {
    guard let first = addresses.first(where: { $0.prefix.address.family == family }) else {
      return nil
    }
    let routes = routes.filter { $0.destination.address.family == family }
    return .object([
      "ip": .string(first.prefix.description),
      "gateway": first.gateway.map { .string($0.description) },
      "routes": list(
        routes.map { Route(destination: $0.destination, gateway: $0.gateway).json }
      ),
    ])
  }
}

extension AddResult.Interface {
  fileprivate func json(isModern: Bool) -> JSONValue {
    .object([
      "name": .string(name),
      "mac": mac.map(JSONValue.string),
      "mtu": isModern ? mtu.map { .integer(Int64($0)) } : nil,
      "sandbox": sandbox.map(JSONValue.string),
      "socketPath": isModern ? socketPath.map(JSONValue.string) : nil,
      "pciID": isModern ? pciID.map(JSONValue.string) : nil,
    ])
  }
}

extension AddResult.Address {
  fileprivate func json(isModern: Bool) -> JSONValue {
    .object([
      "version": isModern ? nil : .string(prefix.address.family.digit),
      "address": .string(prefix.description),
      "gateway": gateway.map { .string($0.description) },
      "interface": interface.map { .integer(Int64($0)) },
    ])
  }
}

extension Route {
  fileprivate var json: JSONValue {
    let number = { (number: Int?) in number.map { JSONValue.integer(Int64($0)) } }
    return .object([
      "dst": .string(destination.description),
      "gw": gateway.map { .string($0.description) },
      "mtu": number(mtu),
      "advmss": number(advertisedMSS),
      "priority": number(priority),
      "table": number(table),
      "scope": number(scope),
    ])
  }
}
