/// Why bytes are not a usable killmail: what was wrong, and where.
public struct KillmailDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Stable names, for rows, metrics and programs.
    public enum Code: String, Sendable, CaseIterable {
        /// The bytes are not JSON.
        case malformedJSON = "malformed_json"
        /// The text ends in the middle.
        case truncated
        /// More nesting than any killmail has.
        case tooDeep = "too_deep"
        /// A value of another kind: an object where a list belongs.
        case wrongType = "wrong_type"
        /// JSON, but nothing in it is a killmail.
        case notAKillmail = "not_a_killmail"
        case missingID = "missing_id"
        case missingHash = "missing_hash"
        case missingTime = "missing_time"
        case missingSolarSystem = "missing_solar_system"
        case missingVictim = "missing_victim"
        case missingAttackers = "missing_attackers"
        /// An id in quotes, or with a fraction.
        case idNotANumber = "id_not_a_number"
        /// An id of 0 or less, or beyond 64 bits.
        case idOutOfRange = "id_out_of_range"
        /// The envelope is about another killmail than the one inside.
        case idMismatch = "id_mismatch"
        case timeMalformed = "time_malformed"
        /// Before EVE's first day, or more than a day in the future.
        case timeOutOfRange = "time_out_of_range"
        case damageNotANumber = "damage_not_a_number"
        case negativeDamage = "negative_damage"
        case valueNotANumber = "value_not_a_number"
        /// ISK below zero or beyond 9 * 10^16.
        case valueOutOfRange = "value_out_of_range"
    }

    public var code: Code
    /// Where in the killmail: `attackers[3].damage_done`; empty when the whole text is meant.
    public var path: String
    /// What was expected and found; safe to log, since what is quoted is short and printable.
    public var detail: String
    /// Bytes from the start of the text.
    public var offset: Int
    /// The killmail's id where it could still be told.
    public var killmailID: KillmailID?

    public init(code: Code, path: String, detail: String, offset: Int, killmailID: KillmailID? = nil) {
        self.code = code
        self.path = path
        self.detail = detail
        self.offset = offset
        self.killmailID = killmailID
    }

    public var description: String { path.isEmpty ? detail : "\(path): \(detail)" }
}
