public import struct Foundation.Date

/// Pages of zKillboard.
public enum ZKillboardLinks {
    public static func killmail(_ id: KillmailID) -> String { "https://zkillboard.com/kill/\(id)/" }

    /// The page with everything that died around a battle. It covers the hour before `start`'s full hour until two hours
    /// after it; minutes must be 00.
    public static func related(_ system: SolarSystemID, start: Date) -> String {
        let (year, month, day, hour) = KillmailTime.calendarHour(start)
        let time = KillmailTime.padded(year, width: 4) + KillmailTime.padded(month) + KillmailTime.padded(day)
        return "https://zkillboard.com/related/\(system)/\(time)\(KillmailTime.padded(hour))00/"
    }
}
