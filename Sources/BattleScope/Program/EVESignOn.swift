import EVE
import EVEClients
import KernelRuntime

/// EVE's single sign-on as the kernel knows it.
struct EVESignOn: IdentityProvider {
    let client: any SingleSignOn

    func authorizationURL(state: String, codeChallenge: String) -> String {
        client.authorizationURL(state: state, codeChallenge: codeChallenge)
    }

    func exchange(code: String, verifier: String) async throws -> ProvenCharacter {
        try await proven { try await client.exchange(code: code, verifier: verifier) }
    }

    func refresh(_ token: Secret) async throws -> ProvenCharacter {
        try await proven { try await client.refresh(SecretText(token.revealed)) }
    }

    func revoke(_ token: Secret) async throws {
        do {
            try await client.revoke(SecretText(token.revealed))
        } catch let error as SSOError {
            throw IdentityProviderError(error)
        }
    }

    private func proven(_ body: () async throws -> TokenGrant) async throws -> ProvenCharacter {
        do {
            let grant = try await body()
            return ProvenCharacter(
                id: grant.character.id.rawValue, name: grant.character.name, ownerHash: grant.character.ownerHash,
                scopes: grant.character.scopes, refreshToken: grant.refreshToken.map { Secret($0.revealed) })
        } catch let error as SSOError {
            throw IdentityProviderError(error)
        }
    }
}

extension IdentityProviderError {
    init(_ error: SSOError) {
        let kind: Kind =
            switch error.kind {
            case .invalidGrant: .grantRefused
            case .unavailable: .unavailable
            case .rejectedToken: .tokenRejected
            case .refused: .misconfigured
            }
        self.init(kind, error.description, rotatedToken: error.rotatedToken.map { Secret($0.revealed) })
    }
}

/// ESI as the kernel knows it: where characters belong.
struct EVEDirectory: CharacterDirectory {
    let affiliations: any AffiliationSource
    let names: any NameSource

    func affiliations(of characters: [Int64]) async throws -> AffiliationReport {
        let answer = try await affiliations.affiliations(of: characters.map { CharacterID($0) })
        return AffiliationReport(
            known: Dictionary(
                uniqueKeysWithValues: answer.affiliations.map { character, affiliation in
                    (
                        character.rawValue,
                        Affiliation(
                            corporationID: affiliation.corporationID.rawValue, allianceID: affiliation.allianceID?.rawValue)
                    )
                }), unknown: Set(answer.unknown.map(\.rawValue)))
    }

    func names(of ids: [Int64]) async throws -> [Int64: String] {
        ids.isEmpty ? [:] : try await names.names(ids).names.mapValues(\.name)
    }
}
