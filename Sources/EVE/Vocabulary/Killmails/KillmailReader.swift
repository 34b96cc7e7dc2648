import struct Foundation.Date

/// One document on its way to becoming a killmail: what has been read, and where the reading stands.
///
/// Inside, errors are small and untyped for speed; ``explain(_:in:)`` turns them into sentences with a path.
struct KillmailReader {
    /// A rule that was broken. The path is told by the reader's position.
    struct Failure: Error {
        var code: KillmailDecodingError.Code
        var field: StaticString?
        var expected: StaticString
        /// Where the value begins; `nil` when something is absent.
        var offset: Int?
    }

    /// The part of the document being read, for error paths.
    enum Part {
        case document, victim, attackers, zkb
    }

    var scanner: JSONScanner
    let latestSecond: Int64
    /// Read on after a bad killmail inside an envelope, and keep its error.
    var keepsGoing = false
    var keptError: (any Error)?
    var keptPath = ""

    var part = Part.document
    var attackerIndex = 0
    /// How deep in `package`, `killmail` or `esi`: these do not nest further.
    private var wrapping = 0

    /// The id in the killmail itself, and the one in the package or envelope around it: they must agree.
    var innerID: Int64?
    var outerID: Int64?
    /// The envelope says that it is about no killmail.
    var hasNullID = false
    var hash: String?
    var seconds: Int64?
    var solarSystemID: Int64?
    var victim: Killmail.Victim?
    var attackers: [Killmail.Attacker]?
    var totalValue: ISK?
    var sequence: Int64?
    var updatedSequence: Int64?
    var uploadedAt: Int64?

    init(_ bytes: UnsafeRawBufferPointer, latestSecond: Int64) {
        scanner = JSONScanner(bytes)
        self.latestSecond = latestSecond
    }

    mutating func readDocument() throws {
        try readMembers()
        try scanner.finish()
    }

    private mutating func readMembers() throws {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            part = .document
            if key.is("attackers") {
                part = .attackers
                attackers = try readAttackers()
                part = .document
            } else if key.is("victim") {
                part = .victim
                victim = try readVictim()
                part = .document
            } else if key.is("killmail_id") {
                try readID()
            } else if key.is("killmail_time") {
                seconds = try time()
            } else if key.is("solar_system_id") {
                solarSystemID = try optionalID("solar_system_id")
            } else if key.is("zkb") {
                part = .zkb
                try readZKB()
                part = .document
            } else if key.is("hash") || key.is("killmail_hash") {
                hash = try optionalHash() ?? hash
            } else if key.is("esi") || key.is("killmail") || key.is("package") {
                try readWrapped()
            } else if key.is("killID") {
                outerID = try optionalID("killID")
            } else {
                try readEnvelopeMember(key)
            }
        }
    }

    private mutating func readEnvelopeMember(_ key: JSONScanner.Key) throws {
        if key.is("sequence_id") {
            sequence = try optionalID("sequence_id")
        } else if key.is("sequence_updated") {
            updatedSequence = try lenientWholeNumber()
        } else if key.is("uploaded_at") {
            uploadedAt = try lenientWholeNumber()
        } else {
            try scanner.skipValue()
        }
    }

    /// The killmail below `esi`, `killmail` or `package`. PHP writes an empty object as `[]`.
    private mutating func readWrapped() throws {
        guard wrapping < 2, try scanner.nextKind() == .object else { return try scanner.skipValue() }
        let start = scanner
        wrapping += 1
        defer { wrapping -= 1 }
        do {
            try readMembers()
        } catch let error as Failure where keepsGoing {
            keptError = error
            keptPath = path(of: error)
            part = .document
            scanner = start
            try scanner.skipValue()
        }
    }

    private mutating func readID() throws {
        if wrapping > 0 {
            innerID = try optionalID("killmail_id")
        } else {
            outerID = try optionalID("killmail_id")
            hasNullID = outerID == nil
        }
    }

    // MARK: What came of it

    mutating func killmail() throws -> Killmail {
        part = .document
        if let innerID, let outerID, innerID != outerID {
            throw Failure(code: .idMismatch, field: "killmail_id", expected: "another id than in the envelope around it")
        }
        guard hasContent || innerID != nil || outerID != nil else {
            throw Failure(code: .notAKillmail, field: nil, expected: "expected a killmail")
        }
        guard let id = innerID ?? outerID else { throw missing(.missingID, "killmail_id") }
        guard let seconds else { throw missing(.missingTime, "killmail_time") }
        guard let solarSystemID else { throw missing(.missingSolarSystem, "solar_system_id") }
        guard let victim else { throw missing(.missingVictim, "victim") }
        guard let attackers else { throw missing(.missingAttackers, "attackers") }
        return Killmail(
            id: KillmailID(id), hash: hash, time: Date(timeIntervalSince1970: Double(seconds)),
            solarSystemID: SolarSystemID(solarSystemID), victim: victim, attackers: attackers, totalValue: totalValue)
    }

    mutating func envelope(in bytes: UnsafeRawBufferPointer) throws -> R2Z2Envelope {
        let uploaded = uploadedAt.map { Date(timeIntervalSince1970: Double($0)) }
        func made(_ content: R2Z2Envelope.Content) -> R2Z2Envelope {
            R2Z2Envelope(sequence: sequence, content: content, updatedSequence: updatedSequence, uploadedAt: uploaded)
        }
        if let keptError { return made(.unreadable(explain(keptError, in: bytes, path: keptPath))) }
        if !hasContent {
            guard let id = innerID ?? outerID else {
                guard hasNullID || sequence != nil else {
                    throw Failure(code: .notAKillmail, field: nil, expected: "expected a file of the feed")
                }
                return made(.placeholder)
            }
            guard let hash else { return made(.unreadable(explain(missing(.missingHash, "hash"), in: bytes))) }
            return made(.reference(KillmailID(id), hash: hash))
        }
        do {
            return made(.killmail(try killmail()))
        } catch {
            return made(.unreadable(explain(error, in: bytes)))
        }
    }

    private var hasContent: Bool { victim != nil || attackers != nil || seconds != nil || solarSystemID != nil }

    private func missing(_ code: KillmailDecodingError.Code, _ field: StaticString) -> Failure {
        Failure(code: code, field: field, expected: "missing")
    }
}
