// SPDX-License-Identifier: Apache-2.0

import CLibc
package import Linux
package import Netlink
package import NetworkModel
import Nftables

/// One namespace with its open sockets.
///
/// Remembers the indices of the links it has looked up, so that a plan, which names links, needs no
/// look-up per step. A link that is renamed meanwhile is still the same one.
package final class Side {
  /// The namespace.
  package let namespace: NetworkNamespace
  /// The socket for links, addresses and routes.
  package let route: RouteSocket

  private var indices: SmallDictionary<InterfaceName, Int32> = [:]
  private var openRuleset: RulesetSocket?

  private init(_ namespace: consuming NetworkNamespace, _ route: consuming RouteSocket) {
    self.namespace = namespace
    self.route = route
  }

  /// Opens the namespace the calling thread is in.
  package static func current() throws(KernelError) -> Side {
    Side(try NetworkNamespace.current(), try RouteSocket())
  }

  /// Opens another namespace, entering it only while the socket is opened.
  /// - Throws: `KernelError`, EPERM without CAP_SYS_ADMIN.
  package static func inside(
    _ namespace: consuming NetworkNamespace,
    from origin: Side
  ) throws(KernelError) -> Side {
    let socket = try namespace.run(returningTo: origin.namespace) { () throws(KernelError) in
      try RouteSocket()
    }
    return Side(namespace, socket)
  }

  /// Opens another namespace and moves the calling thread there permanently.
  /// - Throws: `KernelError`, EPERM without CAP_SYS_ADMIN.
  package static func entering(
    _ namespace: consuming NetworkNamespace
  ) throws(KernelError) -> Side {
    try namespace.enter()
    return Side(namespace, try RouteSocket())
  }

  /// Runs the body with the calling thread inside the namespace, and always returns to `origin`,
  /// the side that the thread is in.
  /// - Throws: what the body throws, or `KernelError` if the thread may not enter.
  package func run<Result: ~Copyable>(
    from origin: Side,
    _ body: () throws(KernelError) -> Result
  ) throws(KernelError) -> Result {
    guard self !== origin else { return try body() }
    return try namespace.run(returningTo: origin.namespace, body)
  }

  /// Returns the current link of a name, or nil if there is none.
  ///
  /// The kernel also finds links by alternative names: these are ignored unless `orAlternatively`.
  package func link(
    named name: InterfaceName,
    orAlternatively: Bool = false
  ) throws(KernelError) -> Link? {
    let link = try route.link(named: name)
      .flatMap { $0.name == name || orAlternatively ? $0 : nil }
    indices[link?.name ?? name] = link?.index
    return link
  }

  /// Remembers the index of a link from a listing, so that its name is not looked up again: another
  /// link may have got the name meanwhile.
  package func remember(_ link: Link) {
    indices[link.name] = link.index
  }

  /// Returns a link that must exist.
  /// - Throws: `KernelError`, ENODEV if it does not.
  package func existingLink(_ name: InterfaceName) throws(KernelError) -> Link {
    guard let link = try link(named: name) else {
      throw KernelError(errno: ENODEV, operation: "find", object: "interface '\(name)'")
    }
    return link
  }

  /// Returns the index of a link that must exist.
  /// - Throws: `KernelError`, ENODEV if it does not.
  package func index(of name: InterfaceName) throws(KernelError) -> Int32 {
    if let known = indices[name] { return known }
    return try existingLink(name).index
  }

  /// Returns this side's packet filter, which stays open: see `RulesetSocket`.
  func ruleset(from origin: Side) throws(KernelError) -> RulesetSocket {
    if let openRuleset { return openRuleset }
    let ruleset = try run(from: origin) { () throws(KernelError) in try RulesetSocket() }
    openRuleset = ruleset
    return ruleset
  }

  /// Performs an operation on this side's links, addresses or routes; `file` as for `RouteSocket`.
  /// - Throws: `KernelError` in the operation's words.
  func perform(
    _ operation: LinkOperation,
    file: (StepNamespace) throws(KernelError) -> Int32? = { _ in nil }
  ) throws(KernelError) {
    switch operation {
    case .createBridge(let bridge): indices[bridge.name] = bridge.index
    case .createVeth(let veth): indices[veth.name] = nil
    case .deleteLink(let name): indices[name] = nil
    default: break
    }
    defer { forgetOldName(operation) }
    do {
      let known = operation.changedLink.flatMap { indices[$0] }
      try route.perform(operation, knownIndex: known, file: file) { name throws(KernelError) in
        try index(of: name)
      }
    } catch {
      guard error.errno == EAFNOSUPPORT, let rest = operation.withoutIPv6 else { throw error }
      try perform(rest, file: file)
    }
    if case .changeLink(let name, let change) = operation, let newName = change.name {
      indices[newName] = indices[name]
    }
  }

  private func forgetOldName(_ operation: LinkOperation) {
    switch operation {
    case .moveLink(let name, _, _): indices[name] = nil
    case .changeLink(let name, let change) where change.name != nil: indices[name] = nil
    default: break
    }
  }
}

extension LinkOperation {
  /// The link whose settings change.
  fileprivate var changedLink: InterfaceName? {
    switch self {
    case .changeLink(let name, _), .changeVF(_, let name, _): name
    default: nil
    }
  }

  /// The change to a link without its IPv6 setting, nil if it has none: without IPv6 in the kernel
  /// (`ipv6.disable=1`) or on the link (MTU below 1280), no address is generated anyway.
  fileprivate var withoutIPv6: LinkOperation? {
    guard case .changeLink(let name, var change) = self, change.addressGeneration != nil else {
      return nil
    }
    change.addressGeneration = nil
    return .changeLink(name, change)
  }
}
