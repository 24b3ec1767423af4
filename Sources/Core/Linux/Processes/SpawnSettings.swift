// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
import NetworkModel

/// A child's initial state: three streams, no other open file, no signal blocked or ignored.
@safe struct SpawnSettings: ~Copyable {
  private var actions: posix_spawn_file_actions_t
  private var attributes: posix_spawnattr_t
  /// The error number of the first setting that failed, 0 for none.
  private var failure: Int32 = 0

  /// Settings with the descriptors for streams 0, 1 and 2.
  ///
  /// A child that leads a session outlives its parent's terminal and job.
  init(streams: [Int32], leadsSession: Bool = false) {
    unsafe actions = posix_spawn_file_actions_t()
    attributes = posix_spawnattr_t()
    note(unsafe posix_spawn_file_actions_init(&actions))
    for (position, stream) in streams.enumerated() {
      note(unsafe posix_spawn_file_actions_adddup2(&actions, stream, Int32(position)))
    }
    note(unsafe posix_spawn_file_actions_addclosefrom_np(&actions, Int32(streams.count)))

    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    note(unsafe posix_spawnattr_init(&attributes))
    note(unsafe posix_spawnattr_setsigmask(&attributes, &signals))
    unsafe sigfillset(&signals)
    note(unsafe posix_spawnattr_setsigdefault(&attributes, &signals))
    // POSIX_SPAWN_SETSID, which takes _GNU_SOURCE.
    let session: Int32 = leadsSession ? 0x80 : 0
    let flags = Int16(Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | session)
    note(unsafe posix_spawnattr_setflags(&attributes, flags))
  }

  private mutating func note(_ result: Int32) {
    if failure == 0 { failure = result }
  }

  deinit {
    var (actions, attributes) = unsafe (actions, attributes)
    unsafe posix_spawn_file_actions_destroy(&actions)
    unsafe posix_spawnattr_destroy(&attributes)
  }

  /// Starts a program and returns its process.
  /// - Throws: `KernelError`, such as ENOENT or ETXTBSY, with the given description.
  mutating func spawn(
    _ path: String,
    _ arguments: inout CStrings,
    _ environment: inout CStrings,
    describedAs operation: String,
    _ object: String
  ) throws(KernelError) -> pid_t {
    var identifier: pid_t = -1
    if !arguments.isComplete || !environment.isComplete { note(ENOMEM) }
    if failure == 0 {
      failure = unsafe arguments.withPointers { arguments in
        unsafe environment.withPointers { environment in
          unsafe posix_spawn(&identifier, path, &actions, &attributes, &arguments, &environment)
        }
      }
    }
    guard failure == 0 else {
      throw KernelError(errno: failure, operation: operation, object: object)
    }
    return identifier
  }
}
