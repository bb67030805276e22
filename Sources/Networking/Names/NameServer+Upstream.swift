/// What is asked upstream.
extension NameServer {
  func forward(_ query: DNSMessage, of asker: UpstreamQuery.Asker) {
    // Who grows impatient asks again; the answer to the first time will do.
    if queries.values.contains(where: { $0.isSame(query, of: asker) }) { return }
    let asked = UpstreamQuery(query, for: asker, at: upstream, first: upstream.rotates ? turn : 0)
    guard asked.askNext() else { return send(asked.fitting(nil), to: asker) }
    if queries.count >= Self.queryLimit, let oldest = queries.values.min(by: { $0.start < $1.start }) {
      finish(oldest, nil)
    }
    if case .connection(let connection) = asker { connection.waiting += 1 }
    follow(asked)
  }

  /// Takes what has come from upstream.
  func advance(_ query: UpstreamQuery) {
    let descriptor = query.socket
    switch query.advance() {
    case .waiting: follow(query)
    case .answer(let answer): finish(query, answer)
    case .failed:
      forget(descriptor)
      askNext(query)
    case .changed:
      forget(descriptor)
      follow(query)
    }
  }

  func askNext(_ query: UpstreamQuery) {
    forget(query.socket)
    if query.askNext() { follow(query) } else { finish(query, query.refusal) }
  }

  private func follow(_ query: UpstreamQuery) {
    guard let descriptor = query.socket else { return }
    queries[descriptor] = query
    poller.watch(descriptor, query.events)
  }

  /// - Parameter answer: nil where there is none.
  private func finish(_ query: UpstreamQuery, _ answer: [UInt8]?) {
    forget(query.socket)
    send(query.fitting(answer), to: query.asker)
    guard case .connection(let connection) = query.asker else { return }
    connection.waiting -= 1
    // Not here: what it asks next may end up here again.
    answered.append(connection)
  }

  func forget(_ descriptor: CInt?) {
    guard let descriptor else { return }
    queries[descriptor] = nil
    poller.forget(descriptor)
  }
}
