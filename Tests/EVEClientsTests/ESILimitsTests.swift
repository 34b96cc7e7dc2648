import Testing

@testable import EVEClients

@Suite("ESI's limits")
struct ESILimitsTests {
    private let bucket = ESILimits.Route.bucket("killmail")

    /// Sends as fast as admitted until `end`, and counts.
    private func drive(
        _ limits: inout ESILimits, _ route: ESILimits.Route, until end: Duration, status: Int
    ) -> [Duration] {
        var now = Duration.zero
        var sent: [Duration] = []
        while now < end {
            if let wait = limits.admit(route, at: now) {
                now += max(wait, .milliseconds(1))
            } else {
                sent.append(now)
                limits.settle(route, status: status, headers: [:], at: now)
                now += .milliseconds(10)
            }
        }
        return sent
    }

    @Test("allow 1,800 killmails in any 15 minutes and no more")
    func countsTokens() {
        var limits = ESILimits(scale: 1)
        let sent = drive(&limits, bucket, until: .seconds(2_000), status: 200)
        for (index, moment) in sent.enumerated() {
            let window = sent[index...].prefix { $0 < moment + .seconds(900) }
            #expect(window.count <= 1_800)
        }
        #expect(sent.count > 3_500)
    }

    @Test("count a refusal as five tokens")
    func countsRefusals() {
        var limits = ESILimits(scale: 1)
        let sent = drive(&limits, bucket, until: .seconds(899), status: 404)
        #expect(sent.count == 720)
    }

    @Test("believe what ESI says is left")
    func believesHeaders() {
        var limits = ESILimits(scale: 1)
        #expect(limits.admit(bucket, at: .zero) == nil)
        limits.settle(
            bucket, status: 200, headers: ["x-ratelimit-limit": "3600/15m", "x-ratelimit-remaining": "3"], at: .zero)
        #expect(limits.admit(bucket, at: .milliseconds(1)) != nil)
        #expect(limits.admit(bucket, at: .seconds(5)) == nil)
    }

    @Test("leave a reserve of the legacy errors, until their minute is over")
    func countsErrors() {
        var limits = ESILimits(scale: 1)
        let sent = drive(&limits, .legacy, until: .seconds(59), status: 404)
        #expect(sent.count == ESILimits.legacyErrors - ESILimits.reserve)
        #expect(limits.admit(.legacy, at: .seconds(61)) == nil)
        #expect(drive(&limits, .legacy, until: .seconds(300), status: 404).count <= 5 * 90)
    }

    @Test("close everything after a 420, until the reset")
    func closes() {
        var limits = ESILimits(scale: 1)
        #expect(limits.admit(.legacy, at: .zero) == nil)
        limits.settle(
            .legacy, status: 420, headers: ["x-esi-error-limit-remain": "0", "x-esi-error-limit-reset": "31"], at: .zero)
        #expect(limits.admit(bucket, at: .seconds(30)) == .seconds(1))
        #expect(limits.admit(.legacy, at: .seconds(30)) == .seconds(1))
        #expect(limits.admit(bucket, at: .seconds(31)) == nil)
    }

    @Test("close one group after a 429, for as long as it says")
    func closesGroup() {
        var limits = ESILimits(scale: 1)
        #expect(limits.admit(bucket, at: .zero) == nil)
        limits.settle(bucket, status: 429, headers: ["retry-after": "20"], at: .zero)
        #expect(limits.admit(bucket, at: .seconds(19)) != nil)
        #expect(limits.admit(.legacy, at: .seconds(19)) == nil)
        #expect(limits.admit(bucket, at: .seconds(20)) == nil)
    }

    @Test("are read from the header, or not", arguments: ["3600/15m", "x/15m", "5/", "-1/5s", "5/0s", "5/1y"])
    func parses(text: String) {
        let parsed = ESILimits.parse(text)
        #expect((parsed?.tokens == 3600 && parsed?.seconds == 900) == (text == "3600/15m"))
        if text != "3600/15m" { #expect(parsed == nil) }
    }
}
