import Foundation
import KernelAPI
import KernelTesting
import Testing

@Suite struct ISO8601Tests {
    /// 1900-01-01 to 2200-01-01.
    private static let seconds = -2_208_988_800...7_258_118_400

    @Test("Whole seconds of 1900 to 2200 are written as Foundation writes them")
    func writesSeconds() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<5_000 {
            let date = Date(timeIntervalSince1970: Double(Int.random(in: Self.seconds, using: &generator)))
            #expect(date.iso8601 == date.formatted(.iso8601))
        }
    }

    @Test("Milliseconds are written when there are any, as Foundation writes them")
    func writesMilliseconds() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<5_000 {
            let range = (Self.seconds.lowerBound * 1000)...(Self.seconds.upperBound * 1000)
            let milliseconds = Int.random(in: range, using: &generator)
            // Half a microsecond up, because Foundation cuts where this rounds.
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let expected = Date(timeIntervalSince1970: Double(milliseconds) / 1000 + 0.000_05).formatted(style)
            #expect(date.iso8601 == expected.replacing(".000Z", with: "Z"))
        }
    }

    @Test("What is written is read back to the millisecond")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            // 0001-01-01 to 9999-12-31.
            let milliseconds = Int.random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator)
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let read = try #require(Date(iso8601: date.iso8601))
            #expect(Int((read.timeIntervalSince1970 * 1000).rounded()) == milliseconds)
        }
    }

    @Test("Times beyond the years 1 to 9999, and none at all, do not crash")
    func extremes() {
        #expect(Date(timeIntervalSince1970: .infinity).iso8601 == "9999-12-31T23:59:59.999Z")
        #expect(Date(timeIntervalSince1970: -1e300).iso8601 == "0001-01-01T00:00:00Z")
        #expect(Date(timeIntervalSince1970: .nan).iso8601 == "1970-01-01T00:00:00Z")
    }

    @Test("Offsets and fractions count")
    func offsets() {
        let noon = Date(timeIntervalSince1970: 1_795_435_200)
        #expect(Date(iso8601: "2026-11-23T12:00:00Z") == noon)
        #expect(Date(iso8601: "2026-11-23T13:30:00+01:30") == noon)
        #expect(Date(iso8601: "2026-11-22T13:00:00-23:00") == noon)
        #expect(Date(iso8601: "2026-11-23T12:00:00.5Z") == noon.addingTimeInterval(0.5))
        #expect(Date(iso8601: "2026-11-23T12:00:00.25Z") == noon.addingTimeInterval(0.25))
        // What is finer than a millisecond is dropped, not rounded.
        for fraction in ["250", "2509", "250999", "250999999"] {
            #expect(Date(iso8601: "2026-11-23T12:00:00.\(fraction)Z") == noon.addingTimeInterval(0.25))
        }
        #expect(Date(iso8601: "2024-02-29T00:00:00Z") != nil)
        #expect(Date(iso8601: "2000-02-29T00:00:00Z") == Date(timeIntervalSince1970: 951_782_400))
    }

    @Test(
        "Only real times with seconds and zone are read",
        arguments: [
            "", "2026-11-23", "2026-11-23T18:00:00", "2026-11-23 18:00:00Z", "2026-11-23T18:00Z", "20261123T180000Z",
            "2026-1-2T3:4:5Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-01T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T18:60:00Z",
            "2026-11-23T18:00:60Z", "2026-11-23T18:00:00Zjunk", " 2026-11-23T18:00:00Z", "12026-11-23T18:00:00Z",
            "0000-01-01T00:00:00Z", "2026-11-23T18:00:00z", "2026-11-23T18:00:00.Z", "2026-11-23T18:00:00.1234567891Z",
            "2026-11-23T18:00:00+1:00", "2026-11-23T18:00:00+01", "2026-11-23T18:00:00+24:00", "+026-11-23T18:00:00Z",
            "２026-11-23T18:00:00Z", "-001-11-23T18:00:00Z",
        ])
    func refuses(_ text: String) { #expect(Date(iso8601: text) == nil) }
}
