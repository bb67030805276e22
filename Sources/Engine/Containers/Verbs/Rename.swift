import Glibc
import Runtime

extension StoredContainer {
  /// Gives the container another name.
  public func rename(to name: String) throws {
    do {
      try ContainerNames.check(name)
    } catch {
      throw Failure("rename \(self.name) to", KernelCall.quote(name), reason: error.reason, hint: error.hint)
    }
    let lock = try ContainerFolder(roots, id).lock()
    defer { _ = fcntl(lock.raw, F_GETFD) }
    // As it is now that nobody else changes it.
    var container = try Self.read(id, roots)
    let former = container.name
    if former == name { throw Failure("rename \(former)", reason: "it has that name already") }
    let names = ContainerNames(roots: roots)
    // Its own already: an earlier attempt was cut short.
    if names.id(of: name) != id { try names.take(name, for: id) }
    container.name = name
    container.options.name = name
    do {
      try container.write()
    } catch {
      names.give(up: name, of: id)
      throw error
    }
    names.give(up: former, of: id)
    EventLog(roots).add(container.event("rename", [("oldName", "/" + former)]))
    // A monitor that does not answer goes by the former name, until it reads the file the next time.
    try? container.tellOfChange()
  }
}
