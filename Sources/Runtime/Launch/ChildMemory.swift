import CShim
import Glibc

/// What the cloned child reads until its exec: it shares our memory, so this must outlive that.
struct ChildMemory: ~Copyable {
  private let kept: UnsafeMutableBufferPointer<CInt>
  private let arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let argumentCount: Int
  let launch: UnsafeMutablePointer<shim_launch>

  init(arguments texts: [String], kept descriptors: [CInt]) {
    kept = .allocate(capacity: max(1, descriptors.count))
    for (index, descriptor) in descriptors.enumerated() { kept[index] = descriptor }
    arguments = .allocate(capacity: texts.count + 2)
    argumentCount = texts.count
    for (index, text) in texts.enumerated() { arguments[index] = strdup(text) }
    // The list's end, and right behind it an environment without an entry.
    arguments[texts.count] = nil
    arguments[texts.count + 1] = nil
    launch = .allocate(capacity: 1)
    launch.initialize(to: shim_launch())
    launch.pointee.kept = UnsafePointer(kept.baseAddress)
    launch.pointee.kept_count = descriptors.count
    launch.pointee.arguments = UnsafePointer(arguments)
    launch.pointee.environment = UnsafePointer(arguments + texts.count + 1)
  }

  deinit {
    for index in 0..<argumentCount { free(arguments[index]) }
    arguments.deallocate()
    kept.deallocate()
    launch.deallocate()
  }
}
