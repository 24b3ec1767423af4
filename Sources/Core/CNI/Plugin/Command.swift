// SPDX-License-Identifier: Apache-2.0

/// An operation of the protocol, the value of CNI_COMMAND.
package enum Command: String, CaseIterable, Sendable {
  case add = "ADD"
  case check = "CHECK"
  case delete = "DEL"
  case collectGarbage = "GC"
  case status = "STATUS"
  case version = "VERSION"
}
