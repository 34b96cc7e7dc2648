import EVE
import Foundation
import Testing

@testable import EVEClients

@Suite("The live feed over HTTP")
struct R2Z2FeedTests {
    private static func envelope(_ number: Int64) -> String {
        """
        {"killmail_id":\(number),"hash":"0123456789abcdef0123456789abcdef01234567","esi":{"killmail_id":\(number),\
        "killmail_time":"2026-03-31T09:23:11Z","solar_system_id":30000901,"victim":{"ship_type_id":587,"damage_taken":1},\
        "attackers":[{"damage_done":1}]},"zkb":{"totalValue":1.5},"uploaded_at":1774949044,"sequence_id":\(number)}
        """
    }

    /// Polls until something is delivered or a number of polls is over.
    private static func poll(_ feed: R2Z2Feed, _ state: FeedState, until enough: Int, polls: Int = 200) async throws -> FeedPoll {
        var total = FeedPoll(state: state, pause: .zero)
        for _ in 0..<polls where total.deliveries.count < enough {
            let poll = try await feed.poll(total.state)
            total.deliveries += poll.deliveries
            (total.state, total.pause, total.head, total.alarm) = (poll.state, poll.pause, poll.head, poll.alarm)
            try await Task.sleep(for: poll.pause)
        }
        return total
    }

    @Test("reads from the newest number on, saying who it is")
    func reads() async throws {
        try await ScriptedServer.run { request in
            switch request.path {
            case "/r2z2/ephemeral/sequence.json": return .text("{\"sequence\":41}")
            case "/r2z2/ephemeral/41.json", "/r2z2/ephemeral/42.json":
                return .text(Self.envelope(Int64(request.path.split(separator: "/").last?.prefix(2) ?? "") ?? 0))
            default: return .text("no", status: 404)
            }
        } _: { server, url, client in
            let feed = R2Z2Feed(
                baseURL: url + "/r2z2", client: client, identity: try .test, time: try .hurried(url))
            let poll = try await Self.poll(feed, FeedState(), until: 2)
            #expect(poll.deliveries.map(\.sequence) == [41, 42])
            #expect(poll.state.cursor == 42)
            #expect(poll.head == 42)
            guard case .killmail(let mail) = poll.deliveries[0].content else {
                Issue.record("expected a killmail")
                return
            }
            #expect(mail.totalValue == ISK(hundredths: 150))
            let first = server.requests[0]
            #expect(first.headers["user-agent"] == "BattleScope/1.2.3 (tests@example.com)")
            #expect(first.headers["cache-control"] == "no-cache")
            #expect(first.headers["accept-encoding"] == "gzip")
        }
    }

    @Test(
        "does not advance at pages, and says when it was refused", arguments: [(200, "<html>busy</html>"), (503, ""), (200, "")])
    func survivesPages(status: Int, body: String) async throws {
        try await ScriptedServer.run { _ in
            .text(body, status: status)
        } _: { _, url, client in
            let feed = R2Z2Feed(baseURL: url, client: client, identity: try .test, time: try .hurried(url), startAt: 5)
            let poll = try await Self.poll(feed, FeedState(), until: 1, polls: 8)
            #expect(poll.state.cursor == 4)
            #expect(poll.alarm?.code == .unreachable)
        }
    }

    @Test("stops for ten minutes when it is refused, and as long as it is told when it is too fast")
    func obeysRefusal() async throws {
        try await ScriptedServer.run { request in
            request.path.contains("5.json") ? .text("", status: 403) : .text("", status: 429, headers: ["Retry-After": "40"])
        } _: { _, url, client in
            // A slow scale for an idle server: pauses are looked at, not waited for.
            let time = try OutsideTime(baseURLs: [url], random: { 0 })
            let refused = R2Z2Feed(baseURL: url, client: client, identity: try .test, time: time, startAt: 5)
            let poll = try await refused.poll(FeedState())
            #expect(poll.alarm?.code == .forbidden)
            #expect(poll.pause > .seconds(599) && poll.pause <= .seconds(660))
            let again = try await refused.poll(poll.state)
            #expect(again.deliveries.isEmpty && again.pause > .seconds(590))
            let hurried = R2Z2Feed(baseURL: url, client: client, identity: try .test, time: time, startAt: 6)
            let told = try await hurried.poll(FeedState())
            #expect(told.alarm?.code == .throttled)
            #expect(told.pause > .seconds(39) && told.pause <= .seconds(40))
        }
    }

    @Test("reads no more than a batch, and nothing is lost when a batch is not stored")
    func bounded() async throws {
        try await ScriptedServer.run { request in
            .text(Self.envelope(Int64(request.path.split(separator: "/").last?.dropLast(5) ?? "") ?? 0))
        } _: { _, url, client in
            let time = try OutsideTime(scale: 0.01, baseURLs: [url])
            let feed = R2Z2Feed(
                baseURL: url, client: client, identity: try .test, time: time, startAt: 100, maximumBatch: 3)
            let lost = try await feed.poll(FeedState())
            #expect(lost.deliveries.count <= 3)
            try await Task.sleep(for: lost.pause)
            let poll = try await Self.poll(feed, FeedState(), until: 1)
            #expect(poll.deliveries.first?.sequence == 100)
        }
    }
}
