// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import Netlink
import NetworkModel

/// Owns a `nftnl_set` and the elements added to it.
@safe
struct SetObject: NftablesObject, ~Copyable {
  /// `NFTA_SET_KEY_TYPE`, which only `nft` reads: six bits per field, `inet_proto . inet_service`.
  private static let keyType: UInt32 = 12 << 6 | 13
  /// An interval is a key plus another that ends it.
  private static let flags = UInt32(NFT_SET_INTERVAL.rawValue | NFT_SET_CONCAT.rawValue)
  /// The bytes of each field, which the kernel pads to whole words.
  private static let fieldLengths: [UInt8] = [1, 2]
  private static let keyLength = 8

  private let pointer: OpaquePointer
  private var carriesElements = false

  private init() {
    unsafe pointer = allocated(nftnl_set_alloc())
  }

  /// Creates a set with only its name.
  init(named set: Nftables.PortSet) {
    self.init()
    self.set(NFTNL_SET_TABLE, set.table.name)
    self.set(NFTNL_SET_NAME, set.name)
  }

  /// Creates a set that only carries elements.
  init(holding elements: ArraySlice<Nftables.PortSet.Element>, of set: Nftables.PortSet) {
    self.init(named: set)
    carriesElements = true
    for element in elements {
      let object = unsafe allocated(nftnl_set_elem_alloc())
      unsafe nftnl_set_elem_add(pointer, object)
      for (attribute, port) in [
        (NFTNL_SET_ELEM_KEY, element.first), (NFTNL_SET_ELEM_KEY_END, element.last),
      ] {
        let key = [element.transport, 0, 0, 0, UInt8(port >> 8), UInt8(port & 0xFF), 0, 0]
        _ = unsafe nftnl_set_elem_set(object, UInt16(attribute), key, UInt32(key.count))
      }
    }
  }

  /// Creates a set with all attributes; the number distinguishes it from others of the transaction.
  init(_ set: Nftables.PortSet, number: UInt32) {
    self.init(named: set)
    self.set(NFTNL_SET_ID, number)
    self.set(NFTNL_SET_FLAGS, Self.flags)
    self.set(NFTNL_SET_KEY_TYPE, Self.keyType)
    self.set(NFTNL_SET_KEY_LEN, UInt32(Self.keyLength))
    let (attribute, lengths) = (UInt16(NFTNL_SET_DESC_CONCAT.rawValue), Self.fieldLengths)
    _ = unsafe nftnl_set_set_data(pointer, attribute, lengths, UInt32(lengths.count))
  }

  deinit { unsafe nftnl_set_free(pointer) }

  private borrowing func set(_ attribute: nftnl_set_attr, _ text: String) {
    _ = unsafe Nftables.lend(text) {
      unsafe nftnl_set_set_str(pointer, UInt16(attribute.rawValue), $0)
    }
  }

  private borrowing func set(_ attribute: nftnl_set_attr, _ number: UInt32) {
    unsafe nftnl_set_set_u32(pointer, UInt16(attribute.rawValue), number)
  }

  borrowing func write(_ header: UnsafeMutablePointer<nlmsghdr>) {
    if carriesElements {
      unsafe nftnl_set_elems_nlmsg_build_payload(header, pointer)
    } else {
      unsafe nftnl_set_nlmsg_build_payload(header, pointer)
    }
  }
}

extension SetObject {
  /// Returns whether a kernel message describes a set of ports.
  static func isOfPorts(_ reply: NetlinkReply) -> Bool? {
    let object = SetObject()
    let result = unsafe reply.withHeader { unsafe nftnl_set_nlmsg_parse($0, object.pointer) }
    guard result >= 0 else { return nil }
    return object.number(NFTNL_SET_KEY_TYPE) == keyType && object.number(NFTNL_SET_FLAGS) == flags
  }

  private func number(_ attribute: nftnl_set_attr) -> UInt32 {
    unsafe nftnl_set_get_u32(pointer, UInt16(attribute.rawValue))
  }

  /// Returns the elements in a kernel message; a large set comes in several.
  static func readElements(_ reply: NetlinkReply) -> [Nftables.PortSet.Element]? {
    let object = SetObject()
    let result = unsafe reply.withHeader { unsafe nftnl_set_elems_nlmsg_parse($0, object.pointer) }
    guard result >= 0 else { return nil }
    var elements: [Nftables.PortSet.Element] = []
    let iterator = unsafe allocated(nftnl_set_elems_iter_create(object.pointer))
    while let next = unsafe nftnl_set_elems_iter_next(iterator) {
      let key = unsafe data(next, NFTNL_SET_ELEM_KEY)
      let end = unsafe data(next, NFTNL_SET_ELEM_KEY_END)
      guard key.count == keyLength, [0, keyLength].contains(end.count) else { continue }
      let last = port(in: end.isEmpty ? key : end)
      elements.append(Nftables.PortSet.Element(key[0], port(in: key), last))
    }
    unsafe nftnl_set_elems_iter_destroy(iterator)
    return elements
  }

  private static func data(_ element: OpaquePointer, _ attribute: Int) -> [UInt8] {
    unsafe bytes { unsafe nftnl_set_elem_get(element, UInt16(attribute), $0) }
  }

  private static func port(in key: [UInt8]) -> UInt16 { UInt16(key[4]) << 8 | UInt16(key[5]) }
}
