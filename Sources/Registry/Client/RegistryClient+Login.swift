import OCISpec
import Runtime

extension RegistryClient {
  /// Shows a registry a name and a password; what is to be kept when it takes them: the same, or a token in the
  /// password's place.
  ///
  /// - Parameter registry: as in references, `docker.io` for the usual one.
  public func login(_ registry: String, username: String, password: String) async throws -> Credential {
    let credential = Credential(username: username, password: password)
    let endpoint = try Endpoint(
      name: registry, transport: transport, patience: patience, routes: Routes(settings: settings),
      credentials: credentials)
    do {
      return try await login(endpoint, credential)
    } catch let error as TransportError {
      throw error.failure
    }
  }

  private func login(_ endpoint: Endpoint, _ credential: Credential) async throws -> Credential {
    let base = try await endpoint.reach()
    var kept = credential
    var header = credential.basic
    if let (realm, service) = await endpoint.authorizer.tokenSource {
      let token = try await endpoint.authorizer.fetch(
        realm, service, [], with: credential, isLogin: true)
      header = "Bearer " + token.text
      if let refresh = token.refresh {
        kept = Credential(username: credential.username, identityToken: refresh)
      }
    }
    let answer = try await endpoint.ask(base, authorization: header)
    if answer.isSuccess {
      await answer.drain()
      return kept
    }
    let error = await RegistryError.read(answer)
    let reason =
      error.status == 401
      ? "unauthorized: incorrect username or password"
      : error.status == 404 ? "it is no registry: /v2/ is not found" : error.text
    throw Failure("log in to", endpoint.name, reason: reason)
  }
}
