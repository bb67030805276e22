import Testing

@testable import Runtime

@Suite struct ForeignPathTests {
  @Test func path() {
    let place = ForeignPath("/proc/42/root/dev/shm")
    #expect(place?.namespace == "/proc/42/ns/mnt")
    #expect(place?.path == "/dev/shm")
  }

  @Test(arguments: [
    "", "/", "/proc", "/proc/42", "/proc/42/root", "/proc/42/root/", "/proc/self/root/x", "/proc/42/cwd/x",
    "/proc/4x/root/y", "proc/42/root/x", "/x/proc/42/root/y",
  ])
  func others(_ path: String) {
    #expect(ForeignPath(path) == nil)
  }
}
