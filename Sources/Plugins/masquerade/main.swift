// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux

// A runtime passes a command in the environment and no arguments.
if ThisProcess.variable("CNI_COMMAND") == nil, ThisProcess.arguments.dropFirst().first == "dhcp" {
  AddressServiceMain.run(Array(ThisProcess.arguments.dropFirst(2)))
}
PluginMain.run(MasqueradePlugin())
