// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import Netlink
import NetworkModel

/// Owns a `nftnl_rule` and the expressions added to it.
@safe
struct RuleObject: NftablesObject, ~Copyable {
  let pointer: OpaquePointer

  private init() {
    unsafe pointer = allocated(nftnl_rule_alloc())
  }

  /// Creates a rule for a chain; with a handle, a rule in the kernel.
  init(handle: UInt64?, in chain: Nftables.Chain.ID) {
    self.init()
    set(NFTNL_RULE_TABLE, chain.table.name)
    set(NFTNL_RULE_CHAIN, chain.name)
    guard let handle else { return }
    unsafe nftnl_rule_set_u64(pointer, UInt16(NFTNL_RULE_HANDLE.rawValue), handle)
  }

  /// Creates a rule with all attributes.
  init(_ rule: Nftables.Rule, in chain: Nftables.Chain.ID) {
    precondition(rule.expressions.count <= 128, "the kernel takes 128 expressions a rule")
    self.init(handle: nil, in: chain)
    for expression in rule.expressions {
      _ = unsafe ExpressionObject(expression, addedTo: pointer)
    }
    guard let data = rule.comment?.userData else { return }
    let attribute = UInt16(NFTNL_RULE_USERDATA.rawValue)
    _ = unsafe nftnl_rule_set_data(pointer, attribute, data, UInt32(data.count))
  }

  deinit { unsafe nftnl_rule_free(pointer) }

  private borrowing func set(_ attribute: nftnl_rule_attr, _ text: String) {
    _ = unsafe Nftables.lend(text) {
      unsafe nftnl_rule_set_str(pointer, UInt16(attribute.rawValue), $0)
    }
  }

  borrowing func write(_ header: UnsafeMutablePointer<nlmsghdr>) {
    unsafe nftnl_rule_nlmsg_build_payload(header, pointer)
  }

  /// Parses a rule from a kernel message.
  static func read(_ reply: NetlinkReply) -> Nftables.PlacedRule? {
    let object = RuleObject()
    let result = unsafe reply.withHeader { unsafe nftnl_rule_nlmsg_parse($0, object.pointer) }
    return result < 0 ? nil : object.value
  }

  private var value: Nftables.PlacedRule {
    let userData = unsafe bytes {
      unsafe nftnl_rule_get_data(pointer, UInt16(NFTNL_RULE_USERDATA.rawValue), $0)
    }
    let comment = Nftables.Comment(userData: userData)
    let handle = unsafe nftnl_rule_get_u64(pointer, UInt16(NFTNL_RULE_HANDLE.rawValue))
    return Nftables.PlacedRule(handle: handle, rule: Nftables.Rule(expressions, comment: comment))
  }

  private var expressions: [Nftables.Expression] {
    var expressions: [Nftables.Expression] = []
    let iterator = unsafe allocated(nftnl_expr_iter_create(pointer))
    while let next = unsafe nftnl_expr_iter_next(iterator) {
      expressions.append(unsafe ExpressionObject(next).expression)
    }
    unsafe nftnl_expr_iter_destroy(iterator)
    return expressions
  }
}
