public import EVE
import NIOHTTP1

/// Whom characters stand for, in bulk.
///
/// What ESI does with an id that it does not know was never promised: it was left out of the answer, and it spoiled the whole
/// request. So answers are matched by id, and a spoiled batch is halved like one of names.
extension ESIClient: AffiliationSource {
    public func affiliations(of characters: [CharacterID]) async throws -> AffiliationAnswer {
        var answer = AffiliationAnswer()
        let now = time.uptime()
        var wanted: Set<CharacterID> = []
        for character in characters {
            // Who asks for one character has somebody waiting, perhaps somebody new: that is asked again.
            let isKnownBad = characters.count > 1 && unknownCharacters.contains(character.rawValue, at: now)
            if character.rawValue <= 0 || isKnownBad { answer.unknown.insert(character) } else { wanted.insert(character) }
        }
        var batches = HalvingBatches(wanted.sorted(), size: Self.batchSize)
        while let batch = batches.next() {
            guard batches.errors < Self.maximumErrors else {
                answer.postpone(batch + batches.takeRest(), for: time.scaled(.seconds(60)))
                break
            }
            do {
                if let affiliations = try await affiliations(batch: batch) {
                    for character in batch {
                        if let affiliation = affiliations[character] {
                            answer.affiliations[character] = affiliation
                        } else {
                            answer.unknown.insert(character)
                        }
                    }
                } else if let culprit = batches.spoil(batch) {
                    if let affiliation = try await affiliation(alone: culprit) {
                        answer.affiliations[culprit] = affiliation
                    } else {
                        batches.spend(1)
                        answer.unknown.insert(culprit)
                        unknownCharacters.insert(culprit.rawValue, at: time.uptime())
                    }
                }
            } catch let error as ESIError {
                // The others would meet the same trouble.
                answer.postpone(batch + batches.takeRest(), for: error.retryAfter)
            }
        }
        return answer
    }

    /// `nil` when an id in the batch is not accepted.
    private func affiliations(batch: [CharacterID]) async throws -> [CharacterID: CharacterAffiliation]? {
        let body = "[" + batch.map(\.description).joined(separator: ",") + "]"
        let response = try await request("/characters/affiliation", method: .POST, route: .legacy, body: Array(body.utf8))
        switch response.status {
        case 200: break
        case 400, 404, 422: return nil
        default: throw error(for: response)
        }
        guard let affiliations = Self.decodeAffiliations(response.body) else {
            throw ESIError(.unreadable, "ESI's affiliations are unreadable")
        }
        return affiliations
    }

    /// What the route for one character says about an id that the bulk route does not accept; `nil` if that has none either.
    private func affiliation(alone character: CharacterID) async throws -> CharacterAffiliation? {
        let response = try await request("/characters/\(character)", route: .legacy)
        switch response.status {
        case 200: break
        case 400, 404, 410, 422: return nil
        default: throw error(for: response)
        }
        let affiliation = response.body.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try? Self.affiliation(&scanner).affiliation
        }
        guard let affiliation else { throw ESIError(.unreadable, "ESI's character \(character) is unreadable") }
        return affiliation
    }

    /// `[{"character_id", "corporation_id", "alliance_id"?, "faction_id"?}]`; incomplete entries are left out.
    static func decodeAffiliations(_ body: [UInt8]) -> [CharacterID: CharacterAffiliation]? {
        body.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            var affiliations: [CharacterID: CharacterAffiliation] = [:]
            do {
                try scanner.beginArray()
                while try scanner.nextElement() {
                    let (character, affiliation) = try affiliation(&scanner)
                    if let character { affiliations[character] = affiliation }
                }
                try scanner.finish()
                return affiliations
            } catch {
                return nil
            }
        }
    }

    private static func affiliation(
        _ scanner: inout JSONScanner
    ) throws(JSONSyntaxError) -> (character: CharacterID?, affiliation: CharacterAffiliation?) {
        var (character, corporation, alliance, faction): (Int64?, Int64?, Int64?, Int64?) = (nil, nil, nil, nil)
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key.is("character_id") {
                character = try id(&scanner)
            } else if key.is("corporation_id") {
                corporation = try id(&scanner)
            } else if key.is("alliance_id") {
                alliance = try id(&scanner)
            } else if key.is("faction_id") {
                faction = try id(&scanner)
            } else {
                try scanner.skipValue()
            }
        }
        let affiliation = corporation.map {
            CharacterAffiliation(
                corporationID: CorporationID($0), allianceID: alliance.map { AllianceID($0) },
                factionID: faction.map { FactionID($0) })
        }
        return (character.map { CharacterID($0) }, affiliation)
    }

    private static func id(_ scanner: inout JSONScanner) throws(JSONSyntaxError) -> Int64? {
        if try scanner.skipNull() { return nil }
        return try scanner.integer().flatMap { $0 > 0 ? $0 : nil }
    }
}

extension AffiliationAnswer {
    fileprivate mutating func postpone(_ characters: [CharacterID], for pause: Duration?) {
        later.formUnion(characters)
        if let pause { retryAfter = max(retryAfter ?? .zero, pause) }
    }
}
