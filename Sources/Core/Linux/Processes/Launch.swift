// SPDX-License-Identifier: Apache-2.0

import CLibc
import NetworkModel

/// How to start a program.
struct Launch {
  private let path: String
  private let variables: KeyValuePairs<String, String>

  /// Names a program and the variables that override inherited ones.
  init(_ path: String, setting variables: KeyValuePairs<String, String>) {
    self.path = path
    self.variables = variables
  }

  /// Starts the program with three streams, no other open file, and no signal blocked or ignored.
  ///
  /// Waits for a program that is being written (ETXTBSY), as when a new version is copied over it:
  /// each file closed after writing is an event, and the wait of 50 ms only limits the delay if the
  /// writer's last reference goes just after its event. Gives up after 5 s.
  func start(
    input: borrowing FileDescriptor,
    output: borrowing FileDescriptor,
    error: borrowing FileDescriptor
  ) throws(KernelError) -> ChildProcess {
    let streams = [input.number, output.number, error.number]
    let busy: KernelError
    do {
      return ChildProcess(owning: try spawn(streams))
    } catch {
      guard error.errno == ETXTBSY else { throw error }
      busy = error
    }
    let watch = try WriteWatch(path)
    for _ in 0..<100 {
      do {
        return ChildProcess(owning: try spawn(streams))
      } catch {
        guard error.errno == ETXTBSY else { throw error }
      }
      watch.wait(milliseconds: 50)
    }
    throw busy
  }

  private func spawn(_ streams: [Int32]) throws(KernelError) -> pid_t {
    var settings = SpawnSettings(streams: streams)
    var arguments = CStrings([path])
    var environment = CStrings(environmentSetting: variables)
    return try settings.spawn(path, &arguments, &environment, describedAs: "run", "'\(path)'")
  }
}
