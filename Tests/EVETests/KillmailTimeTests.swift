import Foundation
import KernelTesting
import Testing

@testable import EVE

@Suite("Times and links")
struct KillmailTimeTests {
    @Test("reads and writes every kind of day as the calendar has it")
    func agreesWithCalendar() {
        let formatter = ISO8601DateFormatter()
        var dice = SeededGenerator(seed: 3)
        var samples = (0..<3_000).map { _ in Int64.random(in: -62_000_000_000...9_000_000_000, using: &dice) }
        samples += [0, -1, 951_782_400, 951_868_799, 1_709_164_800, 4_107_542_399]
        // The formatter switches to the Julian calendar before 1582.
        for seconds in samples where seconds > -12_000_000_000 {
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(KillmailTime.text(date) == formatter.string(from: date))
            #expect(KillmailTime.seconds(KillmailTime.text(date)) == seconds)
        }
    }

    @Test(
        "refuses what is no time in UTC",
        arguments: [
            "", "2026-03-31", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2100-02-29T00:00:00Z",
            "2026-03-31T24:00:00Z", "2026-03-31T09:60:00Z", "2026-03-31T09:23:60Z", "2026-03-31T09:23:11",
            "2026-03-31T09:23:11+02:00",
            "2026-03-31T09:23:11.Z", "2026/03/31T09:23:11Z", "2026-03-31T09:23:1aZ", "2026-03-31T09:23:11Zx",
        ])
    func refuses(text: String) { #expect(KillmailTime.seconds(text) == nil) }

    @Test("links to the full hour in which a battle began")
    func linksToHour() {
        let start = Date(timeIntervalSince1970: 1_774_948_991)
        #expect(ZKillboardLinks.related(30_000_901, start: start) == "https://zkillboard.com/related/30000901/202603310900/")
        #expect(ZKillboardLinks.killmail(5) == "https://zkillboard.com/kill/5/")
    }

    @Test("computes the hash that is the key to a killmail")
    func hashes() throws {
        let time = Date(timeIntervalSince1970: 1_774_948_991)
        #expect(
            KillmailHash.compute(victim: 90_000_001, finalBlow: 90_000_002, shipType: 587, time: time)
                == "a4c6419a6fb2d7ba1c8cdbaf25ab7d250d10bd2d")
        let older = Date(timeIntervalSince1970: 1_266_955_080)
        #expect(
            KillmailHash.compute(victim: nil, finalBlow: 90_000_002, shipType: 35_834, time: older)
                == "67ff24fa145ccc3209b1e044a9f79169e74180d7")
        let mail = try Samples.decoder.decode(Samples.mail().utf8)
        #expect(KillmailHash.compute(mail) == "a4c6419a6fb2d7ba1c8cdbaf25ab7d250d10bd2d")
    }

    @Test("sums of ISK stop at the end of the range")
    func sums() {
        #expect(ISK(hundredths: .max) + ISK(hundredths: 1) == ISK(hundredths: .max))
        #expect(ISK(whole: .max) == ISK(hundredths: .max))
        #expect(ISK(hundredths: 1_610_707).description == "16107.07")
    }
}
