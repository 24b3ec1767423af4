// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import Netlink
@testable import NetworkModel
@testable import Nftables

extension Target {
  /// The number of a reply's shape, and what its attributes hold.
  ///
  /// libnftnl trusts the kernel: it follows null pointers where an attribute is missing. So every
  /// reply has the shape of one of the kernel's, and only its values are strange.
  func feedRuleset(_ bytes: [UInt8]) {
    guard let number = bytes.first else { return }
    let shape = RulesetReplies.all[Int(number) % RulesetReplies.all.count]
    for reply in NetlinkReply.split(RulesetReplies.filled(shape, with: bytes.dropFirst())) {
      Feeder.run {
        let table = TableObject.read(reply)?.table
        require((table?.id.name.utf8.count ?? 0) <= 3 * shape.count, "a name is part of the reply")
      }
      Feeder.run {
        let chain = ChainObject.read(reply)
        require(ChainObject.read(reply) == chain, "a reply means the same each time")
      }
      Feeder.run {
        let rule = RuleObject.read(reply)?.rule
        require((rule?.expressions.count ?? 0) <= shape.count, "an expression takes bytes")
        require(RuleObject.read(reply)?.rule == rule, "a reply means the same each time")
      }
      Feeder.run {
        _ = SetObject.isOfPorts(reply)
        let elements = SetObject.readElements(reply) ?? []
        require(elements.count <= shape.count, "an element takes bytes")
      }
    }
  }
}

/// A thread for each reading.
///
/// libnftnl ends the process (`exit`) where an attribute is not of its type: a text without an end.
/// Here that ends the thread, and the next input comes.
private enum Feeder {
  nonisolated(unsafe) static var current: pthread_t?

  private final class Reading {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
  }

  static func run(_ body: @escaping () -> Void) {
    let reading = unsafe Unmanaged.passRetained(Reading(body))
    var thread = pthread_t()
    let number = unsafe pthread_create(
      &thread,
      nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        unsafe Feeder.current = pthread_self()
        unsafe Unmanaged<Reading>.fromOpaque(argument).takeUnretainedValue().body()
        return nil
      },
      reading.toOpaque()
    )
    require(number == 0, "there is a thread")
    pthread_join(thread, nil)
    unsafe Feeder.current = nil
    unsafe reading.release()
  }
}

/// Takes the place of the C library's function, also for the libraries.
@_cdecl("exit")
public func endReading(_ status: CInt) -> Never {
  if let feeder = unsafe Feeder.current, pthread_equal(feeder, pthread_self()) != 0 {
    pthread_exit(nil)
  }
  _exit(status)
}
