// SPDX-License-Identifier: Apache-2.0

import Linux
package import NetworkModel

/// One boot of the machine.
package enum Boot {
  /// Returns the ID of this boot (`/proc/sys/kernel/random/boot_id`).
  package static func identifier() throws(KernelError) -> String {
    try Sysctl("kernel/random/boot_id").read() ?? ""
  }
}
