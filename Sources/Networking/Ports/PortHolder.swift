import Glibc
import Runtime

/// Ports of the host's that are held for a container, as long as this is there.
public final class PortHolder {
  /// What is held: one for each request and kind of address, in the order of the requests.
  public let bindings: [PortBinding]
  /// For each binding its socket.
  let held: [HeldPort]

  private init(_ claims: [(PortBinding, HeldPort)]) {
    bindings = claims.map(\.0)
    held = claims.map(\.1)
  }

  /// Refuses connections where nobody takes them any more; the ports stay held.
  public func silence() { for port in held { port.silence() } }

  /// Binds the ports of all requests, or none. A request without an address gets 0.0.0.0 and `::`, with the same port.
  ///
  /// - Throws: `Failure`: `Bind for 0.0.0.0:80 failed: port is already allocated` where another container or any
  ///   program of the host has it, or `cannot assign requested address`.
  public static func claim(
    _ requests: [PortRequest], telling listener: KernelCallListener = .nobody
  ) throws(Failure) -> PortHolder {
    var claims = [[(PortBinding, HeldPort)]](repeating: [], count: requests.count)
    // Who may choose comes last, and chooses something that nobody else needs.
    let order = requests.indices.sorted { one, other in
      let counts = (requests[one].choices, requests[other].choices)
      return counts.0 != counts.1 ? counts.0 < counts.1 : one < other
    }
    for index in order {
      let request = requests[index]
      let held: [HeldPort]
      if let host = request.host {
        held = try first(of: host, request, listener)
      } else {
        held = try any(request, listener)
      }
      claims[index] = held.map { (request.binding($0), $0) }
    }
    return PortHolder(claims.flatMap { $0 })
  }

  private static func first(
    of ports: ClosedRange<UInt16>, _ request: PortRequest, _ listener: KernelCallListener
  ) throws(Failure) -> [HeldPort] {
    for port in ports {
      do { return try bind(request, port, listener) } catch {
        if !error.isTaken || port == ports.upperBound { throw error.failure(range: ports) }
      }
    }
    return []
  }

  private static func any(
    _ request: PortRequest, _ listener: KernelCallListener
  ) throws(Failure) -> [HeldPort] {
    // The kernel picks a port that is free for the first address. For the second one it may not be.
    for attempt in 1...64 {
      do { return try bind(request, 0, listener) } catch {
        if !error.isTaken || attempt == 64 { throw error.failure(range: 0...0) }
      }
    }
    return []
  }

  /// A refusal, and where.
  private struct Clash: Error {
    let address: IPAddress
    let port: UInt16
    let transport: Transport
    let refusal: HeldPort.Refusal

    var isTaken: Bool { refusal.isTaken }

    func failure(range: ClosedRange<UInt16>) -> Failure {
      if refusal.code == EPROTONOSUPPORT || refusal.code == ESOCKTNOSUPPORT {
        return Failure("publish a port of \(transport.rawValue)", reason: "the host's kernel has none")
      }
      let text = PortBinding.text(address, range.lowerBound) + (range.count > 1 ? "-\(range.upperBound)" : "")
      if isTaken {
        let reason = range.count > 1 ? "all ports are already allocated" : "port is already allocated"
        return Failure("Bind for \(text) failed", reason: reason)
      }
      return Failure("Bind for \(text) failed", errno: refusal.code)
    }
  }

  /// - Parameter port: 0 for one that the kernel picks for the first address.
  private static func bind(
    _ request: PortRequest, _ port: UInt16, _ listener: KernelCallListener
  ) throws(Clash) -> [HeldPort] {
    var held: [HeldPort] = []
    for address in request.addresses {
      let number = held.first?.port ?? port
      do {
        held.append(try HeldPort.bind(address, number, request.transport, telling: listener))
      } catch {
        // Who did not ask for IPv6 can do without.
        if request.address == nil && address.isV6 && error.isWithoutKind && !held.isEmpty { continue }
        throw Clash(address: address, port: number, transport: request.transport, refusal: error)
      }
    }
    return held
  }
}

extension PortRequest {
  /// The addresses to bind.
  var addresses: [IPAddress] { address.map { [$0] } ?? [.v4(.any), .v6(.any)] }

  /// Among how many ports it can choose.
  fileprivate var choices: Int { host?.count ?? Int(UInt16.max) }

  fileprivate func binding(_ held: HeldPort) -> PortBinding {
    PortBinding(
      address: held.address, hostPort: held.port, containerPort: containerPort, transport: transport)
  }
}
