// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import NetworkModel

/// Owns a `nftnl_set_elem` until a set adopts it.
@safe
struct ElementObject: ~Copyable {
  private let pointer: OpaquePointer

  /// Creates the kernel's form of an element.
  init(_ element: KernelElement) {
    unsafe pointer = allocated(nftnl_set_elem_alloc())
    set(NFTNL_SET_ELEM_KEY, element.key)
    if let end = element.keyEnd { set(NFTNL_SET_ELEM_KEY_END, end) }
    if element.isEnd {
      let flag = UInt32(NFT_SET_ELEM_INTERVAL_END.rawValue)
      unsafe nftnl_set_elem_set_u32(pointer, UInt16(NFTNL_SET_ELEM_FLAGS), flag)
    }
    if let verdict = element.verdict {
      unsafe nftnl_set_elem_set_u32(pointer, UInt16(NFTNL_SET_ELEM_VERDICT), verdict.number)
      if let chain = verdict.chain {
        _ = unsafe NFT.lend(chain) {
          unsafe nftnl_set_elem_set_str(pointer, UInt16(NFTNL_SET_ELEM_CHAIN), $0)
        }
      }
    }
    let userData = UserData(element.comment).bytes
    if !userData.isEmpty { set(NFTNL_SET_ELEM_USERDATA, userData) }
  }

  deinit { unsafe nftnl_set_elem_free(pointer) }

  /// Gives the element away.
  @export(interface)
  consuming func release() -> OpaquePointer {
    let pointer = unsafe pointer
    discard self
    return unsafe pointer
  }

  private borrowing func set(_ attribute: Int, _ bytes: [UInt8]) {
    _ = unsafe nftnl_set_elem_set(pointer, UInt16(attribute), bytes, UInt32(bytes.count))
  }

  /// Returns what a set's element says; the set keeps it.
  static func read(_ pointer: OpaquePointer) -> KernelElement {
    var element = KernelElement(key: unsafe data(pointer, NFTNL_SET_ELEM_KEY))
    // libnftnl follows a null pointer when asked for a number that is not there.
    if unsafe nftnl_set_elem_is_set(pointer, UInt16(NFTNL_SET_ELEM_FLAGS)) {
      let flags = unsafe nftnl_set_elem_get_u32(pointer, UInt16(NFTNL_SET_ELEM_FLAGS))
      element.isEnd = flags & UInt32(NFT_SET_ELEM_INTERVAL_END.rawValue) != 0
    }
    if unsafe nftnl_set_elem_is_set(pointer, UInt16(NFTNL_SET_ELEM_KEY_END)) {
      element.keyEnd = unsafe data(pointer, NFTNL_SET_ELEM_KEY_END)
    }
    if unsafe nftnl_set_elem_is_set(pointer, UInt16(NFTNL_SET_ELEM_VERDICT)) {
      let chain = unsafe nftnl_set_elem_get_str(pointer, UInt16(NFTNL_SET_ELEM_CHAIN))
      element.verdict = NFT.Verdict(
        number: unsafe nftnl_set_elem_get_u32(pointer, UInt16(NFTNL_SET_ELEM_VERDICT)),
        chain: unsafe chain.map { unsafe String(cString: $0) }
      )
    }
    element.comment = UserData.comment(in: unsafe data(pointer, NFTNL_SET_ELEM_USERDATA))
    return element
  }

  private static func data(_ pointer: OpaquePointer, _ attribute: Int) -> [UInt8] {
    var length: UInt32 = 0
    let start = unsafe nftnl_set_elem_get(pointer, UInt16(attribute), &length)
    return unsafe bytes(start, length)
  }
}
