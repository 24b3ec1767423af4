// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import NetworkModel

/// Reads the attributes of a `nftnl_expr` that its rule lends.
@safe
struct ExpressionReader {
  private let pointer: OpaquePointer

  /// Borrows an expression.
  init(_ pointer: OpaquePointer) {
    unsafe self.pointer = pointer
  }

  func has(_ attribute: Int) -> Bool {
    unsafe nftnl_expr_is_set(pointer, UInt16(attribute))
  }

  func number(_ attribute: Int) -> UInt32 {
    unsafe nftnl_expr_get_u32(pointer, UInt16(attribute))
  }

  func longNumber(_ attribute: Int) -> UInt64 {
    unsafe nftnl_expr_get_u64(pointer, UInt16(attribute))
  }

  func text(_ attribute: Int) -> String {
    unsafe nftnl_expr_get_str(pointer, UInt16(attribute)).map { unsafe String(cString: $0) } ?? ""
  }

  func data(_ attribute: Int) -> [UInt8] {
    var length: UInt32 = 0
    let start = unsafe nftnl_expr_get(pointer, UInt16(attribute), &length)
    return unsafe bytes(start, length)
  }

  func register(_ attribute: Int) -> NFT.Register? {
    NFT.Register(number: number(attribute))
  }

  /// The expression, or `unknown` where it says something that the values cannot express.
  var expression: NFT.Expression {
    let name = text(Int(NFTNL_EXPR_NAME))
    return known(name) ?? .unknown(name)
  }

  func known(_ name: String) -> NFT.Expression? {
    switch name {
    case "meta": meta
    case "payload": payload
    case "cmp": comparison
    case "range": range
    case "bitwise": bitwise
    case "byteorder": byteOrder
    case "immediate": immediate
    case "counter": counter
    case "lookup": lookup
    case "ct": connection
    case "fib": route
    case "masq": masquerade
    case "nat": nat
    default: nil
    }
  }
}
