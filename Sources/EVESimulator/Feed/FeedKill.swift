/// A killmail that can be published: ESI's document as it will be served, and what zKillboard says about it.
public struct FeedKill: Sendable {
    public let id: Int64
    public let hash: String
    /// Seconds since 1970.
    public let time: Int64
    /// The compact JSON document of ESI.
    public let esi: [UInt8]
    let appraisal: Appraisal
    /// The true battle; `nil` when the kill stands alone or nobody knows.
    public let battle: String?
    public let scenario: Scenario

    /// What zKillboard adds. Its values are PHP floats rounded to the hundredth.
    struct Appraisal: Sendable {
        var locationID: Int64?
        /// Hundredths of an ISK.
        var fitted: Int64
        var dropped: Int64
        var destroyed: Int64
        var total: Int64
        var points: Int
        var isNPC: Bool
        var isSolo: Bool
        var isAwox: Bool
        var labels: [String]
        var attackerCount: Int
    }
}

/// How the `zkb` object of one number of the feed is written.
struct AppraisalForm: Sendable {
    /// zKillboard writes null where its own computation gave nothing.
    var nulls = false
    /// Only what every version of the feed had.
    var sparse = false
    /// A label that a later pass added.
    var extraLabel: String?

    func json(of kill: FeedKill) -> JSONValue {
        let appraisal = kill.appraisal
        var value: JSONValue = [:]
        if let location = appraisal.locationID { value["locationID"] = .int(location) }
        value["hash"] = .string(kill.hash)
        value["fittedValue"] = Self.money(appraisal.fitted)
        value["droppedValue"] = Self.money(appraisal.dropped)
        value["destroyedValue"] = Self.money(appraisal.destroyed)
        value["totalValue"] = Self.money(appraisal.total)
        value["points"] = .int(Int64(appraisal.points))
        value["npc"] = nulls ? .null : .bool(appraisal.isNPC)
        value["solo"] = nulls ? .null : .bool(appraisal.isSolo)
        value["awox"] = nulls ? .null : .bool(appraisal.isAwox)
        let labels = appraisal.labels + (extraLabel.map { [$0] } ?? [])
        value["labels"] = nulls ? .null : .array(labels.map { .string($0) })
        value["attackerCount"] = nulls ? .null : .int(Int64(appraisal.attackerCount))
        value["href"] = .string("https://esi.evetech.net/killmails/\(kill.id)/\(kill.hash)/")
        if !sparse { value["totalDroppableValue"] = Self.money(appraisal.dropped) }
        if sparse {
            for key in ["npc", "solo", "awox", "labels", "attackerCount", "points", "fittedValue"] { value[key] = nil }
        }
        return value
    }

    /// As PHP writes a float: no decimals when there are none, otherwise as few as needed.
    static func money(_ hundredths: Int64) -> JSONValue {
        let (whole, part) = hundredths.quotientAndRemainder(dividingBy: 100)
        if part == 0 { return .int(whole) }
        if part % 10 == 0 { return .number("\(whole).\(part / 10)") }
        return .number("\(whole).\(part < 10 ? "0" : "")\(part)")
    }
}

/// zKillboard's labels, from the facts that they are made of.
enum Labels {
    static func make(
        time: Int64, category: Int64, attackers: Int, isSolo: Bool, isNPC: Bool, isAwox: Bool, location: String?, value: Int64
    ) -> [String] {
        var labels = ["tz:\(zone(time))", "cat:\(category)"]
        labels.append(isSolo ? "solo" : "#:\(crowd(attackers))")
        labels.append(isNPC ? "npc" : "pvp")
        if isAwox { labels.append("awox") }
        if let location { labels.append("loc:\(location)") }
        let billions = value / 100_000_000_000
        for (limit, label) in [(1000, "isk:1t+"), (100, "isk:100b+"), (10, "isk:10b+"), (5, "isk:5b+"), (1, "isk:1b+")]
        where billions >= limit {
            labels.append(label)
            break
        }
        return labels
    }

    private static func zone(_ time: Int64) -> String {
        switch Timestamp.secondOfDay(time) / 3600 {
        case 4..<8: "usw"
        case 8..<14: "au"
        case 14..<17: "ru"
        case 17..<22: "eu"
        default: "use"
        }
    }

    private static func crowd(_ attackers: Int) -> String {
        for limit in [1000, 100, 50, 25, 10, 5, 2] where attackers >= limit { return "\(limit)+" }
        return "1"
    }
}
