import Crypto
public import struct Foundation.Date

/// The hash that, together with the id, is the key to a killmail in ESI.
///
/// SHA-1 over four decimal numbers written one after the other: the victim's character and the character with the final
/// blow (`None` where there is none), the victim's ship type, and the time in 100-nanosecond steps since 1601.
public enum KillmailHash {
    /// 40 lower-case hexadecimal digits.
    public static func compute(
        victim: CharacterID?, finalBlow: CharacterID?, shipType: TypeID, time: Date
    ) -> String {
        let fileTime = Int64(time.timeIntervalSince1970.rounded(.down)) * 10_000_000 + 116_444_736_000_000_000
        let text = "\(victim?.description ?? "None")\(finalBlow?.description ?? "None")\(shipType)\(fileTime)"
        let digits = Array("0123456789abcdef".utf8)
        let hex = Insecure.SHA1.hash(data: Array(text.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hex, as: UTF8.self)
    }

    /// The hash of a whole mail; `nil` without a ship type. The attacker marked as final blow counts, else nobody.
    public static func compute(_ killmail: Killmail) -> String? {
        guard let shipType = killmail.victim.shipTypeID else { return nil }
        return compute(
            victim: killmail.victim.affiliation.characterID,
            finalBlow: killmail.attackers.first(where: \.finalBlow)?.affiliation.characterID, shipType: shipType,
            time: killmail.time)
    }
}
