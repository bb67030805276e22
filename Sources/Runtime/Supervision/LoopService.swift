/// Something that works in a monitor's loop beside the container: it has descriptors that are waited for, and moments
/// at which it wants to be asked.
package protocol LoopService: AnyObject {
  /// What it waits for now. Asked again whenever it was called.
  var watched: [(descriptor: CInt, events: Poller.Events)] { get }
  /// When it wants to be called at the latest, by `Clock.monotonicNanoseconds`; nil where it waits for nothing.
  var deadline: UInt64? { get }
  /// One of its descriptors is ready. It must not wait.
  func ready(_ descriptor: CInt, _ events: Poller.Events)
  /// A moment has come: what is due is done.
  func passTime(_ now: UInt64)
}
