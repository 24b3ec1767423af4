// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import NetworkModel

/// Owns a `nftnl_expr` until a rule adopts it.
@safe
struct ExpressionObject: ~Copyable {
  private let pointer: OpaquePointer

  /// Creates an expression without attributes.
  private init(_ name: String) {
    unsafe pointer = allocated(name.withCString { unsafe nftnl_expr_alloc($0) })
  }

  deinit { unsafe nftnl_expr_free(pointer) }

  /// Gives the expression away.
  @export(interface)
  consuming func release() -> OpaquePointer {
    let pointer = unsafe pointer
    discard self
    return unsafe pointer
  }

  private borrowing func set(_ attribute: Int, _ number: UInt32) {
    unsafe nftnl_expr_set_u32(pointer, UInt16(attribute), number)
  }

  private borrowing func set(_ attribute: Int, _ bytes: [UInt8]) {
    _ = unsafe nftnl_expr_set(pointer, UInt16(attribute), bytes, UInt32(bytes.count))
  }

  private borrowing func set(_ attribute: Int, _ text: String) {
    _ = unsafe NFT.lend(text) { unsafe nftnl_expr_set_str(pointer, UInt16(attribute), $0) }
  }
}

extension ExpressionObject {
  /// Creates the kernel's form of an expression.
  init(_ expression: NFT.Expression) {
    self.init(expression.kernelName)
    switch expression {
    case .meta(let key, let register):
      set(NFTNL_EXPR_META_KEY, key.rawValue)
      set(NFTNL_EXPR_META_DREG, register.number)
    case .setMeta(let key, let register):
      set(NFTNL_EXPR_META_KEY, key.rawValue)
      set(NFTNL_EXPR_META_SREG, register.number)
    case .payload(let base, let offset, let length, let register):
      set(NFTNL_EXPR_PAYLOAD_DREG, register.number)
      set(NFTNL_EXPR_PAYLOAD_BASE, base.rawValue)
      set(NFTNL_EXPR_PAYLOAD_OFFSET, offset)
      set(NFTNL_EXPR_PAYLOAD_LEN, length)
    case .compare(let comparison, let data, let register):
      set(NFTNL_EXPR_CMP_SREG, register.number)
      set(NFTNL_EXPR_CMP_OP, comparison.rawValue)
      set(NFTNL_EXPR_CMP_DATA, data)
    case .range(let first, let last, let isInverted, let register):
      set(NFTNL_EXPR_RANGE_SREG, register.number)
      set(NFTNL_EXPR_RANGE_OP, isInverted ? NFT_RANGE_NEQ.rawValue : NFT_RANGE_EQ.rawValue)
      set(NFTNL_EXPR_RANGE_FROM_DATA, first)
      set(NFTNL_EXPR_RANGE_TO_DATA, last)
    case .bitwise(let mask, let xor, let source, let target):
      set(NFTNL_EXPR_BITWISE_SREG, source.number)
      set(NFTNL_EXPR_BITWISE_DREG, target.number)
      set(NFTNL_EXPR_BITWISE_OP, kernelBitwiseBoolean)
      set(NFTNL_EXPR_BITWISE_LEN, UInt32(mask.count))
      set(NFTNL_EXPR_BITWISE_MASK, mask)
      set(NFTNL_EXPR_BITWISE_XOR, xor)
    case .byteOrder(let order, let length, let size, let register):
      set(NFTNL_EXPR_BYTEORDER_SREG, register.number)
      set(NFTNL_EXPR_BYTEORDER_DREG, register.number)
      set(NFTNL_EXPR_BYTEORDER_OP, order.rawValue)
      set(NFTNL_EXPR_BYTEORDER_LEN, length)
      set(NFTNL_EXPR_BYTEORDER_SIZE, size)
    case .data(let data, let register):
      set(NFTNL_EXPR_IMM_DREG, register.number)
      set(NFTNL_EXPR_IMM_DATA, data)
    case .verdict(let verdict):
      set(NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT.rawValue)
      set(NFTNL_EXPR_IMM_VERDICT, verdict.number)
      if let chain = verdict.chain { set(NFTNL_EXPR_IMM_CHAIN, chain) }
    case .counter(let packets, let bytes):
      unsafe nftnl_expr_set_u64(pointer, UInt16(NFTNL_EXPR_CTR_PACKETS), packets)
      unsafe nftnl_expr_set_u64(pointer, UInt16(NFTNL_EXPR_CTR_BYTES), bytes)
    case .lookup(let set, let isInverted, let register):
      self.set(NFTNL_EXPR_LOOKUP_SREG, register.number)
      self.set(NFTNL_EXPR_LOOKUP_SET, set)
      if isInverted { self.set(NFTNL_EXPR_LOOKUP_FLAGS, UInt32(NFT_LOOKUP_F_INV.rawValue)) }
    case .verdictMap(let set, let register):
      self.set(NFTNL_EXPR_LOOKUP_SREG, register.number)
      self.set(NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT.rawValue)
      self.set(NFTNL_EXPR_LOOKUP_SET, set)
    case .connection(let key, let register):
      set(NFTNL_EXPR_CT_KEY, key.rawValue)
      set(NFTNL_EXPR_CT_DREG, register.number)
    case .setConnection(let key, let register):
      set(NFTNL_EXPR_CT_KEY, key.rawValue)
      set(NFTNL_EXPR_CT_SREG, register.number)
    case .route(let result, let selector, let register):
      set(NFTNL_EXPR_FIB_DREG, register.number)
      set(NFTNL_EXPR_FIB_RESULT, result.rawValue)
      set(NFTNL_EXPR_FIB_FLAGS, selector.rawValue)
    case .masquerade: break
    case .nat(let kind, let family, let address, let port):
      set(NFTNL_EXPR_NAT_TYPE, kind.rawValue)
      set(NFTNL_EXPR_NAT_FAMILY, UInt32(family.rawValue))
      set(NFTNL_EXPR_NAT_REG_ADDR_MIN, address.number)
      if let port { set(NFTNL_EXPR_NAT_REG_PROTO_MIN, port.number) }
    case .unknown(let name): preconditionFailure("an expression '\(name)' cannot be written")
    }
  }
}
