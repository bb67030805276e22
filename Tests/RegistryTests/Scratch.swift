import Glibc
import NIOConcurrencyHelpers
import NIOCore
import OCISpec
import Runtime
import Testing

@testable import Images
@testable import Registry

/// A folder of a test's own.
final class Scratch: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/registry-tests.XXXXXX\0".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    for name in Files.names(in: path) {
      let file = path + "/" + name
      if unlink(file) != 0 { remove(file) }
    }
    rmdir(path)
  }

  func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
    let file = path + "/" + name
    try Files.replace(file, Array(text.utf8), mode: mode)
    return file
  }

  /// Writes a program. Another process copies it to where it is run: were it written there by this one, a child that
  /// another test forks meanwhile would have it open for writing, and the kernel not run it.
  func program(_ name: String, _ text: String) throws {
    let file = try write(name + ".text", text)
    #expect(system("install -m 755 \(file) \(path)/\(name)") == 0)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Files.read(path + "/" + name), as: UTF8.self)
  }
}

/// Keeps a blob, and whatever a test wants to have been there before.
final class KeepingSink: BlobSink {
  private let before: [UInt8]
  private let state = NIOLockedValueBox<(bytes: [UInt8], isDiscarded: Bool)>(([], false))

  init(kept: [UInt8] = []) { before = kept }

  var bytes: [UInt8] { before + state.withLockedValue { $0.bytes } }
  var isDiscarded: Bool { state.withLockedValue { $0.isDiscarded } }

  func kept(_ take: (ByteBuffer) throws -> Void) async throws { try take(ByteBuffer(bytes: before)) }
  func write(_ bytes: ByteBuffer) async throws {
    state.withLockedValue { $0.bytes += bytes.readableBytesView }
  }
  func discard() async { state.withLockedValue { $0.isDiscarded = true } }
}

/// Counts, from whichever thread.
final class Counter: Sendable {
  private let state = NIOLockedValueBox(0)
  var value: Int { state.withLockedValue { $0 } }
  /// The number before.
  @discardableResult
  func next() -> Int {
    state.withLockedValue {
      $0 += 1
      return $0 - 1
    }
  }
}

extension Patience {
  /// Nobody waits in a test; how long it would have been is told. A busy machine is waited for.
  static func none(retries: Int = 3, _ slept: @escaping @Sendable (Int64) -> Void = { _ in }) -> Patience {
    var patience = Patience()
    patience.retries = retries
    patience.sleep = slept
    return patience
  }
}

/// A client with nobody's credentials, for the time of a function.
func withClient<Result>(
  _ settings: RegistriesFile = RegistriesFile(), _ credentials: Credentials = Credentials(folder: nil),
  environment: [String: String] = [:], patience: Patience = .none(),
  _ body: (RegistryClient) async throws -> Result
) async throws -> Result {
  try await RegistryClient.with(
    settings: settings, credentials: credentials, environment: environment, patience: patience, body)
}

/// The text of the error that a function ends with; empty where it ends well.
func failure(_ body: () async throws -> Void) async -> String {
  do {
    try await body()
    return ""
  } catch {
    return "\(error)"
  }
}

/// A registry's settings.
func settings(_ json: String) throws -> RegistriesFile {
  try RegistriesFile(json: JSONDocument(Array(json.utf8), name: "test").root)
}
