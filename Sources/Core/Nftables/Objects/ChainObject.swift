// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import Netlink
import NetworkModel

/// Owns a `nftnl_chain`.
@safe
struct ChainObject: NftablesObject, ~Copyable {
  private let pointer: OpaquePointer

  /// Creates a chain for a parser to fill.
  private init() {
    unsafe pointer = allocated(nftnl_chain_alloc())
  }

  /// Creates a chain with only its name.
  init(named id: Nftables.Chain.ID) {
    self.init()
    set(NFTNL_CHAIN_TABLE, id.table.name)
    set(NFTNL_CHAIN_NAME, id.name)
  }

  /// Creates a chain with all attributes.
  init(_ chain: Nftables.Chain) {
    self.init(named: chain.id)
    if let base = chain.base {
      set(NFTNL_CHAIN_TYPE, base.kind.rawValue)
      let isOfDevice = chain.id.table.family == .netdev
      set(NFTNL_CHAIN_HOOKNUM, isOfDevice ? Self.deviceIngress : base.hook.rawValue)
      unsafe nftnl_chain_set_s32(pointer, UInt16(NFTNL_CHAIN_PRIO.rawValue), base.priority)
      set(NFTNL_CHAIN_POLICY, base.policy.rawValue)
      // This attribute exists on older kernels; a list of devices needs Linux 5.5.
      if let device = base.device { set(NFTNL_CHAIN_DEV, device.string) }
    }
    guard let data = chain.comment?.userData else { return }
    let attribute = UInt16(NFTNL_CHAIN_USERDATA.rawValue)
    _ = unsafe nftnl_chain_set_data(pointer, attribute, data, UInt32(data.count))
  }

  deinit { unsafe nftnl_chain_free(pointer) }

  private borrowing func set(_ attribute: nftnl_chain_attr, _ text: String) {
    _ = unsafe Nftables.lend(text) {
      unsafe nftnl_chain_set_str(pointer, UInt16(attribute.rawValue), $0)
    }
  }

  private borrowing func set(_ attribute: nftnl_chain_attr, _ number: UInt32) {
    unsafe nftnl_chain_set_u32(pointer, UInt16(attribute.rawValue), number)
  }

  /// `NF_NETDEV_INGRESS`.
  private static let deviceIngress: UInt32 = 0

  borrowing func write(_ header: UnsafeMutablePointer<nlmsghdr>) {
    unsafe nftnl_chain_nlmsg_build_payload(header, pointer)
  }
}

extension ChainObject {
  /// Parses a chain from a kernel message.
  static func read(_ reply: NetlinkReply) -> Nftables.Chain? {
    let object = ChainObject()
    let result = unsafe reply.withHeader { unsafe nftnl_chain_nlmsg_parse($0, object.pointer) }
    return result < 0 ? nil : object.value
  }

  private var value: Nftables.Chain? {
    guard let family = Nftables.Family(number: number(NFTNL_CHAIN_FAMILY)),
      let table = text(NFTNL_CHAIN_TABLE), let name = text(NFTNL_CHAIN_NAME)
    else { return nil }
    let userData = unsafe bytes {
      unsafe nftnl_chain_get_data(pointer, UInt16(NFTNL_CHAIN_USERDATA.rawValue), $0)
    }
    return Nftables.Chain(
      Nftables.Table.ID(family, table).chain(name),
      base: base(in: family),
      comment: Nftables.Comment(userData: userData)
    )
  }

  /// Returns the chain's hook; nil also for an unknown type of chain.
  private func base(in family: Nftables.Family) -> Nftables.Chain.Base? {
    guard unsafe nftnl_chain_is_set(pointer, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue)),
      let kind = text(NFTNL_CHAIN_TYPE).flatMap(Nftables.Chain.Kind.init)
    else { return nil }
    let number = number(NFTNL_CHAIN_HOOKNUM)
    let ofDevice: Nftables.Chain.Hook? = number == Self.deviceIngress ? .ingress : nil
    guard let hook = family == .netdev ? ofDevice : Nftables.Chain.Hook(rawValue: number) else {
      return nil
    }
    return Nftables.Chain.Base(
      kind,
      hook: hook,
      priority: unsafe nftnl_chain_get_s32(pointer, UInt16(NFTNL_CHAIN_PRIO.rawValue)),
      policy: Nftables.Chain.Policy(rawValue: self.number(NFTNL_CHAIN_POLICY)) ?? .accept,
      device: device
    )
  }

  /// The only device; nil if there are several.
  private var device: InterfaceName? {
    let array = unsafe nftnl_chain_get_array(pointer, UInt16(NFTNL_CHAIN_DEVICES.rawValue))
    guard let names = unsafe array else { return text(NFTNL_CHAIN_DEV).flatMap(InterfaceName.init) }
    guard let name = unsafe names[0], unsafe names[1] == nil else { return nil }
    return InterfaceName(unsafe String(cString: name))
  }

  private func text(_ attribute: nftnl_chain_attr) -> String? {
    let text = unsafe nftnl_chain_get_str(pointer, UInt16(attribute.rawValue))
    return unsafe text.map { unsafe String(cString: $0) }
  }

  private func number(_ attribute: nftnl_chain_attr) -> UInt32 {
    unsafe nftnl_chain_get_u32(pointer, UInt16(attribute.rawValue))
  }
}
