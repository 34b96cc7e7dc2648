import EVE
import Foundation
import KernelAPI

/// A row of `killmails.detail`.
enum DetailRow {
    static let target: StaticString = """
        killmails.detail (killmail_id, occurred_at, system_id, victim_character_id, victim_corporation_id, \
        victim_alliance_id, victim_faction_id, victim_ship_type_id, damage_taken, attacker_count, security_type, total_value, \
        attackers)
        """

    static func append(_ killmail: Killmail, _ security: SecurityType?, to rows: inout CopyRows) {
        let victim = killmail.victim
        rows.append(
            killmail.id.rawValue, killmail.time, killmail.solarSystemID.rawValue, victim.affiliation.characterID?.rawValue,
            victim.affiliation.corporationID?.rawValue, victim.affiliation.allianceID?.rawValue,
            victim.affiliation.factionID?.rawValue, victim.shipTypeID?.rawValue, victim.damageTaken,
            Int32(clamping: killmail.attackers.count), security?.rawValue,
            killmail.totalValue.map { SQLDecimal(unscaled: $0.hundredths, scale: 2) },
            SQLBytes(PackedAttackers(killmail.attackers).bytes))
    }
}

extension Killmail {
    /// Everybody on the mail who has a name that ESI can tell.
    var namedIDs: [Int64] {
        ([victim.affiliation] + attackers.map(\.affiliation)).flatMap { affiliation in
            [
                affiliation.characterID?.rawValue, affiliation.corporationID?.rawValue, affiliation.allianceID?.rawValue,
                affiliation.factionID?.rawValue,
            ].compactMap(\.self)
        }
    }
}

extension Date {
    /// Midnight in UTC, cheaply.
    var startOfDay: Date { Date(timeIntervalSince1970: (timeIntervalSince1970 / 86_400).rounded(.down) * 86_400) }

    /// The first moment of the month in UTC.
    var startOfMonth: Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.dateInterval(of: .month, for: self)?.start ?? self
    }
}

extension SQLBytes {
    /// From hexadecimal digits; `nil` when the text is something else.
    init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
