// SPDX-License-Identifier: Apache-2.0

import Linux
package import NetworkModel

/// The time since the machine was started.
package enum Boot {
  /// Returns what tells this boot from every other one (`/proc/sys/kernel/random/boot_id`).
  package static func identifier() throws(KernelError) -> String {
    try Sysctl("kernel/random/boot_id").read() ?? ""
  }
}
