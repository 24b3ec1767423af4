// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// The server on a link with one guest: any client gets the guest's address (RFC 8415 §18.3).
package struct DHCPv6Server: Sendable {
  private let facts: GuestFacts
  private let network: GuestFacts.Network

  /// Creates a server, or returns nil if the guest has no IPv6.
  package init?(_ facts: GuestFacts) {
    guard let network = facts.v6 else { return nil }
    self.facts = facts
    self.network = network
  }

  /// The server's DUID: the bridge's address (RFC 8415 §11.4), the same on every node.
  private var identifier: [UInt8] {
    .integer(UInt16(3)) + .integer(UInt16(1)) + facts.bridgeMAC.bytes
  }

  /// Returns the reply to a datagram; nil for anything that must not be answered, such as a
  /// datagram from an address that is not link-local (RFC 8415 §13).
  package func answer(
    to datagram: [UInt8],
    from source: IPAddress,
    at destination: IPAddress
  ) -> [UInt8]? {
    guard source.isLinkLocal, let request = DHCPv6Message(datagram), isForUs(request) else {
      return nil
    }
    guard destination.isMulticast else {
      // No client was told that it may use unicast (RFC 8415 §16, §18.4).
      let mustKnow = request[.serverIdentifier] != nil && request.kind != .informationRequest
      return mustKnow ? message(.reply, request, [status(.useMulticast)]).encoded : nil
    }
    switch request.kind {
    case .solicit:
      let isRapid = request[.rapidCommit] != nil
      // With the highest preference a client does not wait for other servers (RFC 8415 §18.2.1).
      let commitment = DHCPv6Option(isRapid ? .rapidCommit : .preference, isRapid ? [] : [255])
      return answer(isRapid ? .reply : .advertise, request, [commitment] + lease(request))
    case .request, .renew, .rebind: return answer(.reply, request, lease(request))
    case .confirm: return confirmation(of: request).map { answer(.reply, request, [$0]) }
    case .release, .decline: return answer(.reply, request, [status(.success)])
    case .informationRequest: return answer(.reply, request, [])
    case .advertise, .reply, .reconfigure: return nil
    }
  }

  /// Which messages must, and which must not, contain a server and a client ID (RFC 8415 §16).
  private func isForUs(_ request: DHCPv6Message) -> Bool {
    let server = request[.serverIdentifier]
    let hasClient = request[.clientIdentifier] != nil
    switch request.kind {
    case .solicit, .confirm, .rebind: return hasClient && server == nil
    case .request, .renew, .release, .decline: return hasClient && server == identifier
    case .informationRequest:
      let holdsAddresses = request.options.contains { Self.associations.contains($0.code) }
      return (server == nil || server == identifier) && !holdsAddresses
    case .advertise, .reply, .reconfigure: return false
    }
  }

  private static let associations: [DHCPv6Option.Code] = [
    .addresses, .temporaryAddresses, .prefixes,
  ]

  private func message(
    _ kind: DHCPv6Message.Kind,
    _ request: DHCPv6Message,
    _ body: [DHCPv6Option]
  ) -> DHCPv6Message {
    let client = request[.clientIdentifier].map { [DHCPv6Option(.clientIdentifier, $0)] } ?? []
    let options = client + [DHCPv6Option(.serverIdentifier, identifier)] + body
    return DHCPv6Message(kind, transaction: request.transaction, options: options)
  }

  private func answer(
    _ kind: DHCPv6Message.Kind,
    _ request: DHCPv6Message,
    _ body: [DHCPv6Option]
  ) -> [UInt8] {
    var message = message(kind, request, body)
    // As much as fits into one packet on the link; an option's length has 16 bits anyway.
    let largest = min(facts.mtu, 0xFFFF) - 40 - 8
    for (code, items) in [
      (DHCPv6Option.Code.nameServers, facts.resolver.servers(.v6).map { $0.bytes }),
      (.domainList, facts.resolver.search.map { $0.encoded }),
    ] {
      let value = items.joined(upTo: largest - message.encoded.count - 4)
      if !value.isEmpty { message.options.append(DHCPv6Option(code, value)) }
    }
    return message.encoded
  }

  /// Replies to every association: the first gets the guest's address, the others none.
  private func lease(_ request: DHCPv6Message) -> [DHCPv6Option] {
    var isGiven = false
    return request.options.compactMap { option in
      switch option.code {
      case .addresses:
        guard let asked = IdentityAssociation(option.value) else { return nil }
        defer { isGiven = true }
        let none = IdentityAssociation(identifier: asked.identifier, status: .noAddressesAvailable)
        return DHCPv6Option(.addresses, (isGiven ? none : granted(asked)).encoded)
      case .temporaryAddresses:
        return refusal(.temporaryAddresses, option, fixedLength: 4, .noAddressesAvailable)
      case .prefixes: return refusal(.prefixes, option, fixedLength: 12, .noPrefixAvailable)
      default: return nil
      }
    }
  }

  private func granted(_ asked: IdentityAssociation) -> IdentityAssociation {
    let lease = facts.leaseSeconds
    let own = IdentityAssociation.Address(
      network.guest,
      preferredSeconds: lease,
      validSeconds: lease
    )
    return IdentityAssociation(
      identifier: asked.identifier,
      renewalSeconds: lease == .max ? lease : lease / 2,
      rebindingSeconds: lease == .max ? lease : lease / 5 * 4,
      // Other addresses that the client believes to have end here.
      addresses: [own]
        + asked.addresses.filter { $0.address != network.guest }.prefix(16).map {
          IdentityAssociation.Address($0.address, preferredSeconds: 0, validSeconds: 0)
        }
    )
  }

  /// The requested association, containing only the reason for having no address.
  private func refusal(
    _ code: DHCPv6Option.Code,
    _ option: DHCPv6Option,
    fixedLength: Int,
    _ reason: DHCPv6Status
  ) -> DHCPv6Option? {
    guard option.value.count >= fixedLength else { return nil }
    return DHCPv6Option(code, option.value.prefix(fixedLength) + status(reason).encoded)
  }

  /// Reports whether the client's addresses fit the link; nil if it has none.
  private func confirmation(of request: DHCPv6Message) -> DHCPv6Option? {
    let held = request.options.filter { $0.code == .addresses }
      .compactMap { IdentityAssociation($0.value) }.flatMap { $0.addresses }
    guard !held.isEmpty else { return nil }
    let isOnLink = held.allSatisfy { network.gateway.contains($0.address) }
    return status(isOnLink ? .success : .notOnLink)
  }

  private func status(_ status: DHCPv6Status) -> DHCPv6Option {
    DHCPv6Option(.status, status.encoded)
  }
}
