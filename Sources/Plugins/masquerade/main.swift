// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux

if ThisProcess.arguments.dropFirst().first == "dhcp" {
  AddressServiceMain.run(Array(ThisProcess.arguments.dropFirst(2)))
}
PluginMain.run(MasqueradePlugin())
