import Testing

@testable import EVESimulator

@Suite("The limits of R2Z2")
struct LimitTests {
    private let path = "/r2z2/ephemeral/sequence.json"

    @Test("fifteen requests in a second pass, the sixteenth is refused and so is everything after it, until the ban ends")
    func tooFast() async throws {
        try await withSimulator(configure: { $0.banSeconds = 60 }) { (client: TestClient) async throws -> Void in
            client.clock.advance(by: 10)
            for _ in 0..<15 { #expect(try await client.send(path).status == 200) }
            #expect(try await client.send(path).status == 403)
            client.clock.advance(by: 59)
            #expect(try await client.send(path).status == 403)
            client.clock.advance(by: 2)
            #expect(try await client.send(path).status == 200)
            let counters = client.running.simulator.counters.r2z2
            #expect(counters.tooFast == 1 && counters.whileBanned == 1 && counters.violations == 1)
            #expect(counters.maximumInOneSecond == 16)
        }
    }

    @Test("after a 404 one waits six seconds")
    func tooSoon() async throws {
        try await withSimulator { client in
            client.clock.advance(by: 10)
            #expect(try await client.send("/r2z2/ephemeral/1.json").status == 404)
            client.clock.advance(by: 6)
            #expect(try await client.send("/r2z2/ephemeral/1.json").status == 404)
            client.clock.advance(by: 5.9)
            #expect(try await client.send(path).status == 403)
            let counters = client.running.simulator.counters.r2z2
            #expect(counters.tooSoonAfter404 == 1 && counters.notFound == 2)
            let shortest = try #require(counters.minimumSecondsAfter404)
            #expect(abs(shortest - 5.9) < 0.001)
            client.running.simulator.forgive()
            #expect(try await client.send(path).status == 200)
        }
    }

    @Test("all limits shrink with the time scale")
    func scaled() async throws {
        try await withSimulator(configure: {
            $0.timeScale = 0.01; $0.banSeconds = 100
        }) { (client: TestClient) async throws -> Void in
            client.clock.advance(by: 10)
            for _ in 0..<40 {
                #expect(try await client.send(path).status == 200)
                client.clock.advance(by: 0.001)
            }
            #expect(try await client.send("/r2z2/ephemeral/1.json").status == 404)
            client.clock.advance(by: 0.061)
            #expect(try await client.send("/r2z2/ephemeral/1.json").status == 404)
            client.clock.advance(by: 0.03)
            #expect(try await client.send(path).status == 403)
            client.clock.advance(by: 1.01)
            #expect(try await client.send(path).status == 200)
            let counters = client.running.simulator.counters.r2z2
            #expect(abs((counters.minimumSecondsAfter404 ?? 0) - 3) < 0.01)
            #expect(counters.maximumInOneSecond <= 15)
        }
    }

    @Test("who does not say who he is, is refused", arguments: [[], [("User-Agent", "")], [("User-Agent", "  ")]])
    func anonymous(headers: [(String, String)]) async throws {
        try await withSimulator { (client: TestClient) async throws -> Void in
            #expect(try await client.send(path, headers: headers).status == 403)
            #expect(client.running.simulator.counters.r2z2.anonymous == 1)
        }
    }
}
