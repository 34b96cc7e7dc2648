internal import Crypto

/// What has been granted and not yet ended: codes that wait for their exchange, and refresh tokens.
struct Grants: Sendable {
    /// A program that asks for tokens, as far as it has proved who it is.
    struct Client: Sendable, Equatable {
        let id: String
        /// It knows the secret.
        let isConfidential: Bool
    }

    struct Grant: Sendable, Equatable {
        let characterID: Int64
        let client: Client
        let scopes: [String]
    }

    /// Something that can be exchanged for an access token. The number decides which faults it meets; a refresh token that
    /// stays the same has another number for each exchange.
    struct Ticket: Sendable {
        var number: Int64
        var attempts = 0
    }

    private struct Code {
        let request: AuthorizationRequest
        let characterID: Int64
        let expiresAt: Double
        var ticket: Ticket
    }

    private struct Refresh {
        let grant: Grant
        var ticket: Ticket
    }

    static let codeSeconds = 300.0
    /// More are never kept; the oldest go first.
    static let mostCodes = 10_000
    static let mostRefreshTokens = 100_000

    private var random: SimulatorRandom
    private var tickets: Int64 = 0
    private var codes: [String: Code] = [:]
    private var refreshTokens: [String: Refresh] = [:]
    private var dead: [String: OAuthError.DeadGrant] = [:]

    init(random: SimulatorRandom) { self.random = random }

    // MARK: Codes

    mutating func addCode(_ request: AuthorizationRequest, for characterID: Int64, at now: Double) -> String {
        if codes.count >= Self.mostCodes {
            codes = codes.filter { $0.value.expiresAt > now }
            if codes.count >= Self.mostCodes, let oldest = codes.min(by: { $0.value.ticket.number < $1.value.ticket.number }) {
                codes[oldest.key] = nil
            }
        }
        let text = Base64URL.encode(bytes(16))
        codes[text] = Code(request: request, characterID: characterID, expiresAt: now + Self.codeSeconds, ticket: nextTicket())
        return text
    }

    /// Counts an attempt at a code or a refresh token, and changes nothing else; `nil` for what is unknown.
    mutating func attempt(code: String? = nil, refreshToken: String? = nil) -> Ticket? {
        if let code {
            codes[code]?.ticket.attempts += 1
            return codes[code]?.ticket
        }
        guard let refreshToken else { return nil }
        refreshTokens[refreshToken]?.ticket.attempts += 1
        return refreshTokens[refreshToken]?.ticket
    }

    /// Uses a code up, also when what comes with it is wrong.
    mutating func redeem(
        _ text: String, by client: Client, verifier: String?, redirectURI: String?, at now: Double
    ) throws(OAuthError) -> Grant {
        guard let code = codes.removeValue(forKey: text), now < code.expiresAt, code.request.clientID == client.id else {
            throw .invalidCode
        }
        if let redirectURI, redirectURI != code.request.redirectURI {
            throw .invalidGrant("The redirect_uri does not match that of the authorization request.")
        }
        if let challenge = code.request.challenge {
            try Self.check(verifier, against: challenge)
        } else if !client.isConfidential {
            throw .invalidClient
        }
        return Grant(characterID: code.characterID, client: client, scopes: code.request.scopes)
    }

    private static func check(_ verifier: String?, against challenge: String) throws(OAuthError) {
        guard let verifier, (43...128).contains(verifier.utf8.count) else {
            throw .invalidRequest("code_verifier is 43 to 128 characters.")
        }
        // Seen at the real one: it takes the verifier for base64, which has no such length.
        guard verifier.utf8.count % 4 != 1 else {
            throw OAuthError(status: 500, error: "server_error", description: nil)
        }
        guard Base64URL.encode(SHA256.hash(data: Array(verifier.utf8))) == challenge else { throw .wrongVerifier }
    }

    // MARK: Refresh tokens

    /// - Returns: a refresh token, or `nil` when nothing but the login was asked for.
    mutating func open(_ grant: Grant) -> String? {
        guard !grant.scopes.isEmpty else { return nil }
        if refreshTokens.count >= Self.mostRefreshTokens,
            let oldest = refreshTokens.min(by: { $0.value.ticket.number < $1.value.ticket.number })
        {
            refreshTokens[oldest.key] = nil
        }
        let text = opaque()
        refreshTokens[text] = Refresh(grant: grant, ticket: nextTicket())
        return text
    }

    /// Exchanges a refresh token for itself, or for another when `rotates`.
    /// - Returns: the grant with the scopes that were asked for, and the refresh token to keep.
    mutating func refresh(
        _ text: String, by client: Client, scopes: [String]?, rotates: Bool
    ) throws(OAuthError) -> (grant: Grant, refreshToken: String) {
        guard let found = refreshTokens[text] else { throw (dead[text] ?? .token).error }
        guard found.grant.client.id == client.id else { throw .wrongClient }
        guard client.isConfidential || !found.grant.client.isConfidential else { throw .invalidClient }
        if let scopes, !Set(scopes).isSubset(of: found.grant.scopes) { throw .invalidScope }
        let narrowed = Grant(characterID: found.grant.characterID, client: client, scopes: scopes ?? found.grant.scopes)
        if rotates, let next = open(found.grant) {
            kill(text, .token)
            return (narrowed, next)
        }
        let ticket = nextTicket()
        refreshTokens[text]?.ticket = ticket
        return (narrowed, text)
    }

    /// Ends a refresh token; what it is answered with from now on is `reason`.
    /// - Returns: whether there was one.
    @discardableResult
    mutating func kill(_ text: String, _ reason: OAuthError.DeadGrant) -> Bool {
        guard refreshTokens.removeValue(forKey: text) != nil else { return false }
        if dead.count >= Self.mostRefreshTokens { dead.removeAll() }
        dead[text] = reason
        return true
    }

    /// Ends everything of a character.
    /// - Returns: how many refresh tokens that were.
    mutating func killAll(of characterID: Int64, _ reason: OAuthError.DeadGrant) -> Int {
        codes = codes.filter { $0.value.characterID != characterID }
        let texts = refreshTokens.filter { $0.value.grant.characterID == characterID }.map(\.key)
        for text in texts { kill(text, reason) }
        return texts.count
    }

    func client(of refreshToken: String) -> String? { refreshTokens[refreshToken]?.grant.client.id }

    // MARK: Secrets that need not be secret

    private mutating func nextTicket() -> Ticket {
        tickets += 1
        return Ticket(number: tickets)
    }

    private mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } }

    /// Base64 as the real ones are. It always has the characters that must be percent-encoded in a form.
    private mutating func opaque() -> String {
        var text = Array(Base64URL.encode(bytes(16)))
        text[4] = "+"
        text[9] = "/"
        return String(text) + "=="
    }
}
