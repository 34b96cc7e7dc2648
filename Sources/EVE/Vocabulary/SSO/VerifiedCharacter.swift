public import struct Foundation.Date

/// A character whose owner proved it to EVE's single sign-on; made from a token whose signature and claims were checked.
public struct VerifiedCharacter: Sendable, Hashable {
    public var id: CharacterID
    /// Without control characters, at most 256 bytes.
    public var name: String
    /// Stands for the EVE account: another value means that the character has another owner. Printable ASCII, at most 128 bytes.
    public var ownerHash: String
    /// What the token may be used for; empty after a plain login. Each once, in the token's order.
    public var scopes: [String]
    /// When the access token stops being accepted.
    public var expiresAt: Date

    public init(id: CharacterID, name: String, ownerHash: String, scopes: [String] = [], expiresAt: Date) {
        self.id = id
        self.name = name
        self.ownerHash = ownerHash
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}

/// What a login or a refresh brings.
public struct TokenGrant: Sendable, Hashable {
    public var character: VerifiedCharacter
    /// Good for requests in the character's name until ``VerifiedCharacter/expiresAt``, about 20 minutes.
    public var accessToken: SecretText
    /// Gets the next access token; none when no scopes were asked for. After a refresh it may be another one than before, and
    /// the one before may be dead: always keep this one.
    public var refreshToken: SecretText?

    public init(character: VerifiedCharacter, accessToken: SecretText, refreshToken: SecretText? = nil) {
        self.character = character
        self.accessToken = accessToken
        self.refreshToken = refreshToken
    }
}
