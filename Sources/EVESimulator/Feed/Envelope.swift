/// The file of one number of the feed.
struct Envelope {
    /// `nil` in the placeholder of a lost kill.
    let killmailID: Int64?
    let hash: String?
    /// `nil` when only the reference is given.
    let esi: [UInt8]?
    let appraisal: [UInt8]
    let uploadedAt: Int64
    let sequence: Int64
    let sequenceUpdated: Int64?

    var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity((esi?.count ?? 4) + appraisal.count + 200)
        output += "{\"killmail_id\":".utf8
        output += (killmailID.map { String($0) } ?? "null").utf8
        output += ",\"hash\":".utf8
        output += (hash.map { "\"\($0)\"" } ?? "null").utf8
        output += ",\"esi\":".utf8
        output += esi ?? Array("null".utf8)
        output += ",\"zkb\":".utf8
        output += appraisal
        output += ",\"uploaded_at\":\(uploadedAt),\"sequence_id\":\(sequence)".utf8
        if let sequenceUpdated { output += ",\"sequence_updated\":\(sequenceUpdated)".utf8 }
        output += "}".utf8
        return output
    }

    /// What zKillboard wrote for a kill it had lost.
    static func placeholder(sequence: Int64, uploadedAt: Int64) -> Envelope {
        let appraisal: JSONValue = [
            "locationID": .null, "hash": .null, "fittedValue": 0, "droppedValue": 0, "destroyedValue": 0, "totalValue": 0,
            "points": .null, "npc": .null, "solo": .null, "awox": .null, "labels": .null, "attackerCount": .null,
            "href": "https://esi.evetech.net/killmails///",
        ]
        return Envelope(
            killmailID: nil, hash: nil, esi: nil, appraisal: appraisal.bytes, uploadedAt: uploadedAt, sequence: sequence,
            sequenceUpdated: nil)
    }
}
