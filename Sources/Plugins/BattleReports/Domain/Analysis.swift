public import EVE

/// Killmails in, battles and sides out: what `battlescope analyze` prints. Pure, and independent of the order of its input.
public enum Analysis {
    /// The battles of a set of killmails in one pass: by start time, then by the first kill's id; ids ascending within each.
    ///
    /// Killmails may come in any order and repeat; kills in instanced space are left out.
    public static func battles(from killmails: [Killmail], rule: LinkRule) -> [[KillmailID]] {
        battles(of: killmails.map { ClusterKill($0) }, rule: rule)
    }

    /// The same for who has kept only what clustering needs to know.
    public static func battles(of kills: [ClusterKill], rule: LinkRule) -> [[KillmailID]] {
        partition(kills, rule: rule).map(\.killmailIDs)
    }

    /// The sides of each report, in the order of the reports. Kills that are not among `killmails` are left out.
    public static func sides(reports: [SideReport], killmails: [Killmail]) -> [SideAnswer] {
        let known = Dictionary(killmails.map { ($0.id, $0) }) { first, _ in first }
        return reports.map { report in
            let found = Sides(of: report.killmails.compactMap { known[$0] })
            let named = found.assignments.map { ($0.key.description, $0.value.side) }
            return SideAnswer(id: report.id, sides: Dictionary(uniqueKeysWithValues: named))
        }
    }
}

/// A named set of killmails whose sides are asked for: `{"id": ..., "killmails": [...]}` in a file of reports.
public struct SideReport: Sendable, Hashable, Decodable {
    public let id: String
    public let killmails: [KillmailID]

    public init(id: String, killmails: [KillmailID]) {
        self.id = id
        self.killmails = killmails
    }

    private enum CodingKeys: String, CodingKey {
        case id, killmails
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        killmails = try container.decode([Int64].self, forKey: .killmails).map { KillmailID($0) }
    }
}

/// The sides of a report: an entity's text (``SideEntity/description``) to its side, `nil` for third party.
public struct SideAnswer: Sendable, Hashable, Encodable {
    public let id: String
    public let sides: [String: Int?]
}
