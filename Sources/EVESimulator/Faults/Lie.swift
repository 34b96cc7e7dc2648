/// A killmail that cannot be true. Each has an id of its own, so that a database can be searched for it.
enum Lie: String, CaseIterable, Sendable {
    case noVictim = "no-victim"
    case negativeDamage = "negative-damage"
    case idsAsStrings = "ids-as-strings"
    case ancient
    case future
    case truncated

    /// The whole envelope of a number of the feed, made from a true killmail.
    func body(from kill: FeedKill, id: Int64, sequence: Int64, uploadedAt: Int64) -> [UInt8] {
        guard var esi = try? JSONParser.parse(kill.esi) else { return [] }
        esi["killmail_id"] = .int(id)
        switch self {
        case .noVictim: esi["victim"] = nil
        case .negativeDamage:
            var victim = esi["victim"]
            victim?["damage_taken"] = -5000
            esi["victim"] = victim
            esi["attackers"] = .array(
                (esi["attackers"]?.array ?? []).map { attacker in
                    var attacker = attacker
                    attacker["damage_done"] = -5000
                    return attacker
                })
        case .idsAsStrings:
            esi["killmail_id"] = .string(String(id))
            esi["solar_system_id"] = "thirty million and one"
        case .ancient: esi["killmail_time"] = "2003-01-01T00:00:00Z"
        case .future: esi["killmail_time"] = "2050-01-01T00:00:00Z"
        case .truncated: break
        }
        let envelope = Envelope(
            killmailID: id, hash: kill.hash, esi: esi.bytes, appraisal: AppraisalForm().json(of: kill).bytes,
            uploadedAt: uploadedAt, sequence: sequence, sequenceUpdated: nil)
        let bytes = envelope.bytes
        return self == .truncated ? Array(bytes.prefix(bytes.count / 2)) : bytes
    }
}
