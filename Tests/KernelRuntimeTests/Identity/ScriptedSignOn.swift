import KernelRuntime
import Synchronization

/// A single sign-on that does what a test tells it: a code is `code-` and a character's id.
final class ScriptedSignOn: IdentityProvider {
    private struct State {
        var characters: [Int64: ProvenCharacter] = [:]
        var failure: IdentityProviderError?
        var challenges: [String] = []
        var verifiers: [String] = []
        var revoked: [String] = []
        var refreshed: [String] = []
    }

    private let state = Mutex(State())

    /// Whose owner proves it from now on.
    func set(_ character: ProvenCharacter) { state.withLock { $0.characters[character.id] = character } }

    func character(_ id: Int64) -> ProvenCharacter? { state.withLock { $0.characters[id] } }

    /// What is thrown instead of answers; `nil` for none.
    func fail(with error: IdentityProviderError?) { state.withLock { $0.failure = error } }

    var challenges: [String] { state.withLock { $0.challenges } }
    var verifiers: [String] { state.withLock { $0.verifiers } }
    var revoked: [String] { state.withLock { $0.revoked } }
    /// The tokens that were refreshed, in order.
    var refreshed: [String] { state.withLock { $0.refreshed } }

    func authorizationURL(state: String, codeChallenge: String) -> String {
        self.state.withLock { $0.challenges.append(codeChallenge) }
        return "https://login.example.org/authorize?state=\(state)&code_challenge=\(codeChallenge)"
    }

    func exchange(code: String, verifier: String) async throws -> ProvenCharacter {
        try state.withLock { state in
            state.verifiers.append(verifier)
            if let failure = state.failure { throw failure }
            guard let id = Int64(code.dropFirst("code-".count)), let character = state.characters[id] else {
                throw IdentityProviderError(.grantRefused, "no such code")
            }
            return character
        }
    }

    func refresh(_ token: Secret) async throws -> ProvenCharacter {
        try state.withLock { state in
            state.refreshed.append(token.revealed)
            if let failure = state.failure { throw failure }
            guard let character = state.characters.values.first(where: { $0.refreshToken == token }) else {
                throw IdentityProviderError(.grantRefused, "no such token")
            }
            var renewed = character
            renewed.refreshToken = Secret(token.revealed + "+")
            state.characters[renewed.id] = renewed
            return renewed
        }
    }

    func revoke(_ token: Secret) async throws { state.withLock { $0.revoked.append(token.revealed) } }
}

/// An ESI that knows what a test tells it.
final class ScriptedDirectory: CharacterDirectory {
    private struct State {
        var known: [Int64: Affiliation] = [:]
        var unknown: Set<Int64> = []
        var isAway = false
        var calls: [[Int64]] = []
    }

    private let state = Mutex(State())

    func move(_ character: Int64, to affiliation: Affiliation?) { state.withLock { $0.known[character] = affiliation } }
    func forget(_ character: Int64) { state.withLock { _ = $0.unknown.insert(character) } }
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
    var calls: [[Int64]] { state.withLock { $0.calls } }

    func affiliations(of characters: [Int64]) async throws -> AffiliationReport {
        state.withLock { state in
            state.calls.append(characters)
            guard !state.isAway else { return AffiliationReport() }
            return AffiliationReport(
                known: state.known.filter { characters.contains($0.key) }, unknown: state.unknown.intersection(characters))
        }
    }

    func names(of ids: [Int64]) async throws -> [Int64: String] {
        state.withLock { $0.isAway } ? [:] : Dictionary(uniqueKeysWithValues: ids.map { ($0, "Organisation \($0)") })
    }
}
