// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension AddResult {
  /// Reads a result in the format of its own `cniVersion`; unknown keys are ignored.
  ///
  /// If the result names no version, the given one is assumed. A version other than the
  /// configuration's is accepted, although libcni rejects it, since it says how to read the result.
  package init(_ object: ConfigurationObject, assuming assumed: SpecVersion) throws(CNIError) {
    let text = try object["cniVersion"].string() ?? ""
    guard let version = text.isEmpty ? assumed : SpecVersion(rawValue: text) else {
      let versions = SpecVersion.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw object["cniVersion"].invalid("must be one of \(versions)")
    }
    self.init()
    if let settings = try object["dns"].object() { dns = try DNS(settings) }
    guard version >= .v0_3_0 else {
      try append(family: object["ip4"])
      try append(family: object["ip6"])
      return
    }
    interfaces = try object["interfaces"].objects(Interface.init(_:))
    addresses = try object["ips"].objects(Address.init(_:))
    routes = try object["routes"].objects(Route.init(_:))
  }

  private mutating func append(family value: ConfigurationValue) throws(CNIError) {
    guard let object = try value.object() else { return }
    addresses.append(
      Address(prefix: try object["ip"].requiredPrefix(), gateway: try object["gateway"].address())
    )
    routes += try object["routes"].objects(Route.init(_:))
  }
}

extension AddResult.Interface {
  fileprivate init(_ object: ConfigurationObject) throws(CNIError) {
    self.init(
      name: try object["name"].string() ?? "",
      mtu: try object["mtu"].integer(),
      sandbox: try object["sandbox"].nonemptyString(),
      socketPath: try object["socketPath"].nonemptyString(),
      pciID: try object["pciID"].nonemptyString()
    )
    mac = try object["mac"].nonemptyString()
  }
}

extension AddResult.Address {
  fileprivate init(_ object: ConfigurationObject) throws(CNIError) {
    self.init(
      prefix: try object["address"].requiredPrefix(),
      gateway: try object["gateway"].address(),
      interface: try object["interface"].integer(in: 0...65535)
    )
  }
}

extension Route {
  fileprivate init(_ object: ConfigurationObject) throws(CNIError) {
    self.init(
      destination: try object["dst"].requiredPrefix(),
      gateway: try object["gw"].address(),
      mtu: try object["mtu"].nonzeroNumber(),
      advertisedMSS: try object["advmss"].nonzeroNumber(),
      priority: try object["priority"].nonzeroNumber(),
      table: try object["table"].integer(in: 0...Int(UInt32.max)),
      scope: try object["scope"].integer(in: 0...255)
    )
  }
}

extension ConfigurationValue {
  /// Reads an array of objects, empty if it is absent.
  fileprivate func objects<Element>(
    _ read: (ConfigurationObject) throws(CNIError) -> Element
  ) throws(CNIError) -> [Element] {
    try list { element throws(CNIError) in
      guard let object = try element.object() else { return nil }
      return try read(object)
    } ?? []
  }

  fileprivate func requiredPrefix() throws(CNIError) -> IPPrefix {
    guard let prefix = try prefix() else {
      throw invalid("must be an address with its prefix length such as 10.1.2.3/24 or fd00::1/64")
    }
    return prefix
  }

  /// Reads a string; as in Go, empty means absent.
  fileprivate func nonemptyString() throws(CNIError) -> String? {
    guard let text = try string(), !text.isEmpty else { return nil }
    return text
  }

  /// Reads an attribute of a route, 32 bits in the kernel; as in Go, 0 means absent.
  fileprivate func nonzeroNumber() throws(CNIError) -> Int? {
    guard let number = try integer(in: 0...Int(UInt32.max)), number != 0 else { return nil }
    return number
  }
}
