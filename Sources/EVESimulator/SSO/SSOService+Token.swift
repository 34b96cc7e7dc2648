internal import Foundation
internal import Synchronization

/// Codes and refresh tokens become access tokens.
extension SSOService {
    func token(_ request: SimulatedRequest) throws -> Reply {
        let form = try Self.form(request)
        let client = try client(of: request, form)
        switch form["grant_type"] {
        case "authorization_code": return try exchange(form, client)
        case "refresh_token": return try refresh(form, client)
        case nil: throw OAuthError.invalidRequest("grant_type is missing.")
        case let other?:
            throw OAuthError(
                status: 400, error: "unsupported_grant_type", description: "Grant type \(other) is not supported.")
        }
    }

    /// 200 also for what is no token.
    func revoke(_ request: SimulatedRequest) throws -> Reply {
        let form = try Self.form(request)
        let client = try client(of: request, form)
        guard let token = form["token"] else { throw OAuthError.invalidRequest("token is missing.") }
        state.withLock { state in
            state.counters.revocations += 1
            if state.grants.client(of: token) == client.id { state.grants.kill(token, .token) }
        }
        return Reply(status: 200).with("Cache-Control", "no-store")
    }

    // MARK: Who asks

    private static func form(_ request: SimulatedRequest) throws(OAuthError) -> FormFields {
        guard request.header("content-type")?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true else {
            throw .invalidRequest("The body must be application/x-www-form-urlencoded.")
        }
        guard let form = FormFields(request.body) else { throw .invalidRequest("The body is no valid UTF-8.") }
        if let name = form.repeated { throw .invalidRequest("\(name) occurs twice.") }
        return form
    }

    /// Any client id will do; who sends a secret must send the right one.
    private func client(of request: SimulatedRequest, _ form: FormFields) throws(OAuthError) -> Grants.Client {
        if let header = request.header("authorization") {
            guard let (id, secret) = Self.basic(header), secret == self.secret, !id.isEmpty,
                form["client_id"].map({ $0 == id }) ?? true
            else { throw .invalidClient }
            return Grants.Client(id: id, isConfidential: true)
        }
        guard let id = form["client_id"] else { throw .invalidClient }
        guard let secret = form["client_secret"] else { return Grants.Client(id: id, isConfidential: false) }
        guard secret == self.secret else { throw .invalidClient }
        return Grants.Client(id: id, isConfidential: true)
    }

    private static func basic(_ header: String) -> (id: String, secret: String)? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])) else {
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self), let colon = text.firstIndex(of: ":") else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    // MARK: The two grants

    private func exchange(_ form: FormFields, _ client: Grants.Client) throws -> Reply {
        guard let code = form["code"] else { throw OAuthError.invalidRequest("code is missing.") }
        let sickness = sickness(state.withLock { $0.grants.attempt(code: code) })
        if case .refused(let reply) = sickness { return reply }
        let now = clock.now
        let (grant, refreshToken) = try state.withLock { state in
            let grant = try state.grants.redeem(
                code, by: client, verifier: form["code_verifier"], redirectURI: form["redirect_uri"], at: now)
            state.counters.exchanges += 1
            return (grant, state.grants.open(grant))
        }
        return try sickness.applied(to: answer(grant, refreshToken))
    }

    private func refresh(_ form: FormFields, _ client: Grants.Client) throws -> Reply {
        guard let token = form["refresh_token"] else { throw OAuthError.invalidRequest("refresh_token is missing.") }
        let ticket = state.withLock { $0.grants.attempt(refreshToken: token) }
        let sickness = sickness(ticket)
        if case .refused(let reply) = sickness { return reply }
        let scopes = form["scope"]?.split(separator: " ").map(String.init)
        let plan = feed.plan
        let (grant, next) = try state.withLock { state in
            if let ticket, plan.hits(.ssoDeadGrant, ticket.number, seed: seed) {
                var random = FaultPlan.random(.ssoDeadGrant, ticket.number, seed: seed)
                _ = random.next()
                state.grants.kill(token, random.pick(OAuthError.DeadGrant.allCases))
            }
            let result = try state.grants.refresh(
                token, by: client, scopes: scopes, rotates: plan.isOn(.ssoRefreshRotation))
            state.counters.refreshes += 1
            return (result.grant, result.refreshToken)
        }
        return try sickness.applied(to: answer(grant, next))
    }

    private func answer(_ grant: Grants.Grant, _ refreshToken: String?) throws -> Reply {
        var body: JSONValue = [
            "access_token": .string(try accessToken(for: grant)), "expires_in": .int(AccessToken.seconds - 1),
            "token_type": "Bearer",
        ]
        body["refresh_token"] = refreshToken.map { .string($0) } ?? .null
        return Reply.json(body).with("Cache-Control", "no-store").with("Pragma", "no-cache")
    }

    // MARK: The token

    private func accessToken(for grant: Grants.Grant) throws -> String {
        var token = plainToken(characterID: grant.characterID, clientID: grant.client.id, scopes: grant.scopes)
        let number = state.withLock { state in
            state.tokens += 1
            return state.tokens
        }
        let plan = feed.plan
        if plan.hits(.ssoIssuerForms, number, seed: seed) {
            token.issuer = AccessToken.issuers[Int(number) % AccessToken.issuers.count]
        }
        if plan.hits(.ssoScopeForms, number, seed: seed), number % 2 == 0 { token.scopeForm = .array }
        if plan.hits(.ssoAudience, number, seed: seed) { token.audienceForm = number % 2 == 0 ? .client : .game }
        if plan.hits(.ssoUnknownKey, number, seed: seed) { try rotateSometimes() }
        let isES256 = plan.hits(.ssoES256, number, seed: seed)
        return try token.signed(with: keys.signer(isES256 ? .es256 : .rs256))
    }

    /// Not more often than a client may be expected to fetch the keys again.
    private func rotateSometimes() throws {
        let now = clock.now
        let isDue = state.withLock { state in
            guard now - state.lastRotation >= 600 * scale else { return false }
            state.lastRotation = now
            return true
        }
        if isDue { _ = try keys.rotate() }
    }

    /// As the real one would write it, without any fault.
    func plainToken(characterID: Int64, clientID: String, scopes: [String]) -> AccessToken {
        AccessToken(
            characterID: characterID, name: roster.character(characterID)?.name ?? "Character \(characterID)",
            owner: owner(of: characterID), clientID: clientID, scopes: scopes, issuedAt: Int64(clock.now),
            jti: state.withLock { Self.identifier(&$0.random) })
    }

    /// In the form of a UUID.
    private static func identifier(_ random: inout SimulatorRandom) -> String {
        let digits = (0..<2).map { _ in
            let text = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        let cuts = [0, 8, 12, 16, 20, 32].map { digits.index(digits.startIndex, offsetBy: $0) }
        return zip(cuts, cuts.dropFirst()).map { digits[$0..<$1] }.joined(separator: "-")
    }
}
