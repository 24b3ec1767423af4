// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// The server on a link with one guest: any client gets the guest's address (RFC 2131 §4.3).
package struct DHCPv4Server: Sendable {
  /// A message and its destination.
  package struct Answer: Hashable, Sendable {
    /// The message.
    package let message: DHCPv4Message
    /// The destination; the broadcast address reaches a guest that has no address yet.
    package let destination: IPAddress
  }

  private let facts: GuestFacts
  private let network: GuestFacts.Network

  /// Creates a server, or returns nil if the guest has no IPv4.
  package init?(_ facts: GuestFacts) {
    guard let network = facts.v4 else { return nil }
    self.facts = facts
    self.network = network
  }

  /// Returns the reply to a datagram; nil for anything that no client on this link sends, or that
  /// is for another server.
  package func answer(to datagram: [UInt8]) -> Answer? {
    guard let request = DHCPv4Message(datagram), request.direction == .request,
      request.relay.isUnspecified
    else { return nil }
    switch request.type {
    case .discover: return answer(.offer, request)
    case .request: return answer(request: request)
    case .inform: return answer(.acknowledge, request)
    // Nobody else can have the guest's address, and it stays reserved after it is released.
    case .decline, .release: return nil
    case .offer, .acknowledge, .refuse, nil: return nil
    }
  }

  private func answer(request: DHCPv4Message) -> Answer? {
    if let chosen = request[.serverIdentifier], chosen != network.gateway.address.bytes {
      return nil
    }
    let wanted = request[.addressRequest] ?? request.clientAddress.bytes
    return answer(wanted == network.guest.bytes ? .acknowledge : .refuse, request)
  }

  private func answer(_ type: DHCPv4MessageType, _ request: DHCPv4Message) -> Answer {
    var reply = DHCPv4Message(
      .reply,
      transaction: request.transaction,
      hardwareAddress: request.hardwareAddress
    )
    reply.wantsBroadcast = request.wantsBroadcast
    if type != .refuse {
      reply.clientAddress = request.clientAddress
      // A client that got its address elsewhere (INFORM) gets neither an address nor a lease.
      if request.type != .inform { reply.assignedAddress = network.guest }
      // PXE firmware reads these header fields.
      let server = facts.extras.tftpServerName.flatMap { IPAddress($0) }
      if let server, server.family == .v4 { reply.nextServer = server }
      let file = Array((facts.extras.bootFileName ?? "").utf8)
      if file.count < 128 { reply.bootFile = file }
    }
    reply.options = options(type, request)
    let isReachable = type != .refuse && request.clientAddress == network.guest
    return Answer(message: reply, destination: isReachable ? network.guest : Self.broadcast)
  }

  private func options(_ type: DHCPv4MessageType, _ request: DHCPv4Message) -> [DHCPv4Option] {
    var options = [
      DHCPv4Option(.messageType, [type.rawValue]),
      DHCPv4Option(.serverIdentifier, network.gateway.address.bytes),
    ]
    // The client identifier is returned unchanged (RFC 6842 §3).
    if let identifier = request[.clientIdentifier] {
      options.append(DHCPv4Option(.clientIdentifier, identifier))
    }
    guard type != .refuse else { return fitting(options, search: [], request) }
    if request.type != .inform { options += leaseOptions }
    options += infoOptions
    return fitting(options, search: facts.resolver.search, request)
  }

  private var leaseOptions: [DHCPv4Option] {
    let lease = facts.leaseSeconds
    let times = lease == .max ? (lease, lease) : (lease / 2, lease / 8 * 7)
    return [
      DHCPv4Option(.addressTime, .integer(lease)), DHCPv4Option(.renewalTime, .integer(times.0)),
      DHCPv4Option(.rebindingTime, .integer(times.1)),
    ]
  }

  private var infoOptions: [DHCPv4Option] {
    let extras = facts.extras
    let options = [
      DHCPv4Option(.subnetMask, network.gateway.mask),
      DHCPv4Option(.router, network.gateway.address.bytes),
      DHCPv4Option(.domainServer, facts.resolver.servers(.v4).flatMap { $0.bytes }),
      DHCPv4Option(.mtu, .integer(UInt16(clamping: facts.mtu))),
      DHCPv4Option(.hostname, Array((facts.hostname?.text ?? "").utf8)),
      DHCPv4Option(.domainName, Array((facts.resolver.domain?.text ?? "").utf8)),
      DHCPv4Option(.ntpServers, extras.ntpServers.flatMap { $0.bytes }),
      DHCPv4Option(.tftpServerName, Array((extras.tftpServerName ?? "").utf8)),
      DHCPv4Option(.bootFileName, Array((extras.bootFileName ?? "").utf8)),
    ]
    let texts = extras.privateOptions.sorted { $0.key < $1.key }.map { number, text in
      DHCPv4Option(DHCPv4Option.Code(rawValue: number), Array(text.utf8))
    }
    return options.filter { !$0.value.isEmpty } + texts
  }

  /// Omits options that exceed the datagram size the client accepts: 548 bytes unless it asks for
  /// more (RFC 2132 §9.10 includes the IP and UDP headers), and at most that of the link.
  ///
  /// The search list is last and only loses domains at its end for which there is no room.
  private func fitting(
    _ options: [DHCPv4Option],
    search: [DomainName],
    _ request: DHCPv4Message
  ) -> [DHCPv4Option] {
    let stated = request[.maximumMessageSize].flatMap { bytes -> Int? in
      bytes.count == 2 ? Int(bytes[0]) << 8 | Int(bytes[1]) : nil
    }
    // 28 bytes of IP and UDP, 240 before the options, and the end option.
    var room = max(576, min(stated ?? 576, facts.mtu)) - 28 - 240 - 1
    var fitting = options.filter { option in
      let length = option.encoded.count
      guard length <= room else { return false }
      room -= length
      return true
    }
    var names: [UInt8] = []
    for name in search {
      guard DHCPv4Option(.domainSearch, names + name.encoded).encoded.count <= room else { break }
      names += name.encoded
    }
    if !names.isEmpty { fitting.append(DHCPv4Option(.domainSearch, names)) }
    return fitting
  }

  /// 255.255.255.255.
  private static let broadcast = IPPrefix.any(.v4).broadcast ?? IPAddress(unspecified: .v4)
}
