import Glibc
import OCISpec
import Runtime

@testable import Images

/// A store for one test, removed with the value.
final class StoreScratch: Sendable {
  let folder: String
  let store: ImageStore

  init() {
    var template = Array("/tmp/swiftainer-images-XXXXXX".utf8CString)
    folder = String(cString: mkdtemp(&template)!)
    store = ImageStore(images: folder + "/images", layers: folder + "/layers")
  }

  deinit { ScratchFolder.remove(folder) }

  /// A store of the same files, as another process has it.
  var other: ImageStore { ImageStore(images: folder + "/images", layers: folder + "/layers") }

  /// Puts a content in place as a pull does.
  func add(_ text: String, mediaType: String = MediaType.layerGzip) throws -> Descriptor {
    let digest = ShortHash.digest(of: text.utf8)
    let descriptor = Descriptor(mediaType: mediaType, digest: digest, size: Int64(text.utf8.count))
    if var ingest = try store.ingest(descriptor) {
      try ingest.write(text)
      try ingest.finish(digest)
    }
    return descriptor
  }

  /// Unpacks a layer of one file.
  func unpack(_ chain: Digest, diffID: Digest, parent: Digest?, text: String) throws {
    guard let draft = try store.layers.begin(chain) else { return }
    try Files.replace(draft.path + "/file", Array(text.utf8))
    try draft.publish(diffID: diffID, digest: diffID, size: Int64(text.utf8.count), parent: parent)
  }

  /// An image whose layers are texts; the same texts are the same layers.
  @discardableResult
  func make(
    _ names: String..., layers texts: [String], created: String = "2024-05-01T10:00:00Z", comment: String = ""
  ) throws -> StoredImage {
    let lock = try store.hold(.adding)
    let layers = try texts.map { try add("packed " + $0) }
    let diffIDs = texts.map { ShortHash.digest(of: $0.utf8) }
    let chains = ImageStore.chainIDs(of: diffIDs)
    for (index, text) in texts.enumerated() {
      try unpack(
        chains[index], diffID: diffIDs[index], parent: index > 0 ? chains[index - 1] : nil, text: text)
    }
    let config = ImageConfig(
      created: created, author: comment.isEmpty ? nil : comment, architecture: Platform.host.architecture,
      diffIDs: diffIDs)
    let manifest = ImageManifest(
      config: try store.add(config.json(), mediaType: MediaType.config), layers: layers)
    let descriptor = try store.add(manifest.json(), mediaType: MediaType.manifest)
    for name in names { try store.tag(ImageReference(name), descriptor) }
    if names.isEmpty { try store.keep(descriptor) }
    lock.release()
    return try store.image(descriptor)
  }

  /// The names of all files and folders below a folder of the store.
  func names(_ path: String) -> [String] { Files.names(in: folder + "/" + path).sorted() }
}

extension Ingest {
  mutating func write(_ text: String) throws(Failure) {
    let bytes = Array(text.utf8)
    let failure: Failure? = bytes.withUnsafeBytes { (bytes) in
      do throws(Failure) {
        try write(bytes)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }
}

extension ImageStore.Pruned {
  var words: [String] { removed.map(\.description) }
}

/// What must be there; `#require` takes no value that cannot be copied.
func some<Value: ~Copyable>(_ value: consuming Value?) throws -> Value {
  guard let value else { throw Failure("nothing") }
  return value
}

/// Nobody uses anything.
func nobody() -> [Digest: [ImageUser]] { [:] }

/// The digest of 64 times the same digit.
func digest(_ digit: Character) -> Digest { Digest("sha256:" + String(repeating: digit, count: 64))! }

/// Threads of a test, and what came of each.
enum Threads {
  final class Box<Value: Sendable>: @unchecked Sendable {
    let body: @Sendable () -> Value
    var value: Value?
    init(_ body: @escaping @Sendable () -> Value) { self.body = body }
  }

  /// Begins a thread; what is returned waits for its end.
  static func begin<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> () -> Value {
    let box = Box(body)
    var thread = pthread_t()
    let erased = Box<Void> { box.value = box.body() }
    pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Box<Void>>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(erased).toOpaque())
    return {
      pthread_join(thread, nil)
      return box.value!
    }
  }
}
