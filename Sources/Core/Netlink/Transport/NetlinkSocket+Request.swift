// SPDX-License-Identifier: Apache-2.0

import CLibc
import Linux
package import NetworkModel

extension NetlinkSocket {
  /// How often a dump is repeated because a change interrupted it.
  private static let attempts = 50

  /// Sends one message and returns what is read from the replies; a dump is consistent.
  /// - Throws: `KernelError`: the kernel's own, ENOBUFS if a reply was lost, EINTR if every dump
  ///   was   interrupted by a change.
  package func ask<Value>(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> [Value] {
    try Self.untilWhole(words) { () throws(KernelError) in
      try askOnce(request, words, read)
    }
  }

  /// Repeats a reading that returns nil if a change interrupted it.
  /// - Throws: `KernelError`, EINTR if that keeps happening.
  package static func untilWhole<Result>(
    _ words: Words,
    _ read: () throws(KernelError) -> Result?
  ) throws(KernelError) -> Result {
    for _ in 1...attempts {
      if let result = try read() { return result }
    }
    throw KernelError(EINTR, text: "it keeps changing", words)
  }

  /// Sends one message and returns what is read from the replies, nil if a change interrupted the
  /// dump.
  package func askOnce<Value>(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> [Value]? {
    var values: [Value] = []
    var isTorn = false
    try exchange(request, words) { reply throws(KernelError) in
      isTorn = isTorn || reply.isTorn
      if let verdict = reply.verdict {
        guard verdict.errno == 0 else {
          throw KernelError(verdict.errno, text: verdict.text, words)
        }
        return true
      }
      if let value = read(reply) { values.append(value) }
      return request.answers == .one
    }
    return isTorn ? nil : values
  }

  /// Sends messages and passes every reply to the body until that says that all have arrived.
  ///
  /// Replies queued after a failure belong to no later request and are discarded.
  /// - Throws: `KernelError`, what the body throws; ENOBUFS if a reply was lost, so that the
  ///   outcome is   unknown.
  package func exchange(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words,
    _ isLast: (NetlinkReply) throws(KernelError) -> Bool
  ) throws(KernelError) {
    do {
      try send(request, words)
      try collect(request.sequence, words, isLast)
    } catch {
      discardAnswers()
      throw error
    }
  }

  private func collect(
    _ sequence: ClosedRange<UInt32>,
    _ words: Words,
    _ isLast: (NetlinkReply) throws(KernelError) -> Bool
  ) throws(KernelError) {
    var isComplete = true
    while true {
      switch try receive(words) {
      case .foreign: continue
      case .loss: isComplete = false
      case .nothing: throw KernelError(ENOBUFS, text: "the reply was lost", words)
      case .datagram(let size):
        for reply in NetlinkReply.split(taken(size)) {
          // After a loss only the final verdict counts.
          guard sequence.contains(reply.sequence), isComplete || reply.verdict != nil else {
            continue
          }
          if try isLast(reply), isComplete { return }
        }
      }
    }
  }

  /// Sends messages to which the kernel only replies with errors.
  package func post(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words
  ) throws(KernelError) {
    try send(request, words)
    discardAnswers()
  }

  /// Empties the queue; reading the rest of a dump also ends it in the kernel.
  private func discardAnswers() {
    // No array is created here: an optimised build (Swift 6.3) frees one that is never read before
    // it is filled.
    while let received = try? receive({ ("read", "what nobody asks for") }) {
      if case .nothing = received { return }
    }
  }
}

extension NetlinkSocket {
  /// The maximum number of datagrams read before the caller may look again.
  private static let mostNotices = 100

  /// Receives the notifications of a group (`RTNLGRP_…`) from now on.
  func join(_ group: UInt32) throws(KernelError) {
    guard set(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, Int32(bitPattern: group)) else {
      throw KernelError(errno: errno, operation: "subscribe to", object: "network changes")
    }
  }

  /// Waits for a notification and discards everything queued; returns false at the deadline, a time
  /// of `Polling.now`.
  ///
  /// Other processes may write to a group, so notifications are not parsed: they are a reason to
  /// look. So is a lost one. The deadline holds however many arrive.
  func awaitNotice(until deadline: Int) throws(KernelError) -> Bool {
    let remaining = deadline - Polling.now
    guard remaining > 0, try Polling.wait(for: [descriptor], milliseconds: remaining)[0] else {
      return false
    }
    for _ in 1...Self.mostNotices {
      if case .nothing = try receive({ ("watch", "network changes") }) { break }
    }
    return true
  }
}
