internal import Synchronization

/// EVE's single sign-on, version 2: people choose a character, clients get tokens, and tests turn the screws.
final class SSOService: SimulatedService {
    /// Everything that changes, behind one lock.
    struct State {
        var grants: Grants
        /// How often a character has been sold.
        var sales: [Int64: Int] = [:]
        /// Owner hashes that somebody has set by hand.
        var owners: [Int64: String] = [:]
        var counters = SimulatorCounters.SSO()
        var tokens: Int64 = 0
        var random: SimulatorRandom
        var lastRotation = -Double.infinity
        /// Fetches of keys and metadata, and whether the last one met a fault.
        var fetches: Int64 = 0
        var lastFetchWasSick = false
    }

    let feed: Feed
    let roster: Roster
    let clock: any SimulatorClock
    let scale: Double
    let seed: UInt64
    let secret: String
    let keys = KeyRing()
    let state: Mutex<State>

    init(feed: Feed, roster: Roster, configuration: SimulatorConfiguration) {
        self.feed = feed
        self.roster = roster
        clock = configuration.clock
        scale = configuration.timeScale
        seed = configuration.seed
        secret = configuration.ssoClientSecret
        // The time of the start, so that codes and tokens of an earlier run mean nothing.
        let start = UInt64(max(0, configuration.clock.now * 1000))
        state = Mutex(
            State(
                grants: Grants(random: SimulatorRandom(seed: configuration.seed, stream: 60, index: start)),
                random: SimulatorRandom(seed: configuration.seed, stream: 61, index: start)))
    }

    var counters: SimulatorCounters.SSO { state.withLock { $0.counters } }

    func reply(to request: SimulatedRequest) -> Reply {
        do {
            return try route(request)
        } catch let error as OAuthError {
            state.withLock { $0.counters.refused += 1 }
            return error.reply
        } catch {
            // Only the making of keys and signatures can fail.
            return .error(500, "The simulator itself has failed: \(error)")
        }
    }

    private func route(_ request: SimulatedRequest) throws -> Reply {
        switch (request.method, request.path.joined(separator: "/")) {
        case ("GET", ".well-known/oauth-authorization-server"): fetched(\.discoveries) { discovery(request.authority) }
        case ("GET", "oauth/jwks"): try fetched(\.keyFetches) { .json(try keySet()) }
        case ("GET", "v2/oauth/authorize"): authorize(request)
        case ("POST", "v2/oauth/token"): try token(request)
        case ("POST", "v2/oauth/revoke"): try revoke(request)
        case (_, "v2/oauth/verify"), (_, "oauth/verify"): verification()
        case ("GET", "characters"): .json(.array(roster.universe.loginCharacters.compactMap { description(of: $0.id) }))
        case ("POST", _) where request.path.first == "control" && request.path.count == 2:
            try control(request.path[1], request)
        case ("GET", _) where request.path.first == "characters" && request.path.count == 2:
            roster.character(named: request.path[1]).flatMap { description(of: $0.id) }.map { .json($0) }
                ?? .error(404, "There is no such character.")
        default: .page("404 Not Found", status: 404)
        }
    }

    // MARK: What clients read

    private func discovery(_ authority: String) -> Reply {
        let base = "http://\(authority)/sso"
        let methods: JSONValue = ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
        return .json([
            "issuer": .string(AccessToken.issuers[0]), "authorization_endpoint": .string("\(base)/v2/oauth/authorize"),
            "token_endpoint": .string("\(base)/v2/oauth/token"), "response_types_supported": ["code", "token"],
            "jwks_uri": .string("\(base)/oauth/jwks"), "revocation_endpoint": .string("\(base)/v2/oauth/revoke"),
            "userinfo_endpoint": .string("\(base)/v2/oauth/verify"), "subject_types_supported": ["public"],
            "revocation_endpoint_auth_methods_supported": methods, "token_endpoint_auth_methods_supported": methods,
            "id_token_signing_alg_values_supported": ["HS256"], "token_endpoint_auth_signing_alg_values_supported": ["HS256"],
            "code_challenge_methods_supported": ["S256"],
        ])
    }

    func keySet() throws -> JSONValue {
        var members = try keys.publicKeys()
        if feed.plan.isOn(.ssoStrangeKeys) { members = Self.strangeKeys + members }
        return ["keys": .array(members), "SkipUnresolvedJsonWebKeys": true]
    }

    /// Members that a client must tolerate: of a type from tomorrow, and one for another use under the kid of ours.
    private static let strangeKeys: [JSONValue] = [
        [
            "alg": "ML-DSA-65", "kid": "post-quantum-1", "kty": "AKP", "pub": "bm90IGEga2V5", "use": "sig",
            "x-valid-from": ["2027-01-01", 1],
        ],
        [
            "alg": "RSA-OAEP-256", "e": "AQAB", "kid": .string(KeyRing.firstKid), "kty": "RSA",
            "n": .string(Base64URL.encode(Array(repeating: 0xC5, count: 256))), "use": "enc",
        ],
    ]

    /// Deprecated, and refused since March 2026: tokens are verified with the keys.
    private func verification() -> Reply {
        state.withLock { $0.counters.verifications += 1 }
        return .error(401, "This endpoint is deprecated.")
    }

    // MARK: Who is who

    func owner(of characterID: Int64) -> String {
        state.withLock { state in
            state.owners[characterID]
                ?? AccessToken.ownerHash(characterID: characterID, sales: state.sales[characterID] ?? 0, seed: seed)
        }
    }

    func description(of characterID: Int64) -> JSONValue? {
        guard let character = roster.character(characterID), let affiliation = roster.affiliation(of: characterID) else {
            return nil
        }
        let login = roster.universe.loginCharacters.first { $0.id == characterID }
        var value: JSONValue = [
            "key": login.map { .string($0.key) } ?? .null, "id": .int(characterID), "name": .string(character.name),
            "corporation": .null, "alliance": .null, "goodFor": .string(login?.goodFor ?? ""),
            "owner": .string(owner(of: characterID)),
        ]
        if let corporation = roster.corporation(affiliation.corporationID) {
            value["corporation"] = Self.organisation(corporation.id, corporation.name, corporation.ticker)
        }
        if let alliance = affiliation.allianceID.flatMap({ roster.alliance($0) }) {
            value["alliance"] = Self.organisation(alliance.id, alliance.name, alliance.ticker)
        }
        return value
    }

    private static func organisation(_ id: Int64, _ name: String, _ ticker: String) -> JSONValue {
        ["id": .int(id), "name": .string(name), "ticker": .string(ticker)]
    }
}
