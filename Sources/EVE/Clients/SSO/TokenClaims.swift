import EVE
import Foundation

/// What a token with a good signature says, checked claim by claim.
struct TokenClaims: Sendable {
    static let issuers: Set<String> = ["login.eveonline.com", "https://login.eveonline.com", "https://login.eveonline.com/"]
    /// Every token's second audience.
    static let audience = "EVE Online"
    /// In seconds: clocks differ.
    static let leeway = 60.0
    /// 9999-12-31: what comes after is no time but an overflow waiting to happen.
    static let latestTime: Int64 = 253_402_300_799

    private let claims: JSONMembers

    init(_ payload: [UInt8]) throws(TokenRejection) {
        guard let claims = JSONMembers(payload), !claims.hasRepeatedNames else { throw .malformed }
        self.claims = claims
    }

    /// The character, if the token was issued to `clientID` and is good at `now`.
    func character(for clientID: String, at now: Date) throws(TokenRejection) -> VerifiedCharacter {
        guard let issuer = claims.text("iss"), Self.issuers.contains(issuer) else { throw .issuer }
        try checkAudience(clientID)
        guard claims.text("azp") == clientID else { throw .authorizedParty }
        let expiresAt = try checkTimes(now.timeIntervalSince1970)
        let id = try subject()
        // A zero byte would pass JSON and be refused by the database.
        guard let name = claims.text("name"), (1...256).contains(name.utf8.count),
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            let owner = claims.text("owner"), (1...128).contains(owner.utf8.count),
            owner.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else { throw .claims }
        return VerifiedCharacter(
            id: id, name: name, ownerHash: owner, scopes: try scopes(),
            expiresAt: Date(timeIntervalSince1970: Double(expiresAt)))
    }

    /// A list must hold both. One text cannot, and is the older form: then it must be one of them, and the authorized party,
    /// which is always checked, says that the token is ours.
    private func checkAudience(_ clientID: String) throws(TokenRejection) {
        switch claims["aud"] {
        case .texts(let texts)? where texts.contains(clientID) && texts.contains(Self.audience): return
        case .text(let text)? where text == clientID || text == Self.audience: return
        default: throw .audience
        }
    }

    /// - Returns: the time of expiry, in seconds since 1970.
    private func checkTimes(_ now: Double) throws(TokenRejection) -> Int64 {
        guard let expiry = try seconds("exp") else { throw .claims }
        guard now < Double(expiry) + Self.leeway else { throw .expired }
        if let issued = try seconds("iat") {
            guard issued <= expiry else { throw .claims }
            guard Double(issued) <= now + Self.leeway else { throw .notYetValid }
        }
        if let start = try seconds("nbf"), Double(start) > now + Self.leeway { throw .notYetValid }
        return expiry
    }

    /// `nil` if there is no such claim.
    private func seconds(_ name: String) throws(TokenRejection) -> Int64? {
        guard let value = claims[name] else { return nil }
        guard case .number(let number) = value, let seconds = number.scaled(places: 0), (0...Self.latestTime).contains(seconds)
        else { throw .claims }
        return seconds
    }

    /// `CHARACTER:EVE:<id>`
    private func subject() throws(TokenRejection) -> CharacterID {
        let prefix = "CHARACTER:EVE:"
        guard let subject = claims.text("sub"), subject.hasPrefix(prefix) else { throw .subject }
        let digits = subject.utf8.dropFirst(prefix.utf8.count)
        guard digits.first != UInt8(ascii: "0"), digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let id = Int64(String(Substring(digits))), id > 0
        else { throw .subject }
        return CharacterID(id)
    }

    private func scopes() throws(TokenRejection) -> [String] {
        let texts: [String]
        switch claims["scp"] {
        case nil: texts = []
        case .text(let text)?: texts = text.split(separator: " ").map(String.init)
        case .texts(let list)?: texts = list
        default: throw .claims
        }
        var seen: Set<String> = []
        return texts.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}
