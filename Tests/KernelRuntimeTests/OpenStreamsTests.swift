import Foundation
import HTTPTypes
import KernelAPI
import Synchronization
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct OpenStreamsTests {
    /// Says what a test wants it to say.
    private final class Moody: Authenticator {
        let answer = Mutex<Result<Principal?, Problem>>(.success(nil))
        let rechecks = Record<String>()

        func principal(of head: RequestHead) async throws -> Principal? {
            if head.isRecheck { rechecks.add(head.path) }
            return try answer.withLock { try $0.get() }
        }

        func say(_ answer: Result<Principal?, Problem>) { self.answer.withLock { $0 = answer } }
    }

    private let authenticator = Moody()
    private let streams = OpenStreams(mostPerAccount: 100)
    private let ended = Record<OpenStreams.End>()
    private let reader = Principal.test(["ships": .user])

    /// Opens a stream through the dispatcher, as `reader`.
    private func open() async throws -> AdmittedStream {
        let dispatcher = Dispatcher(
            mounted: MountedRoutes([
                MountedRoute(
                    .get("/events", "Test", policy: .feature("ships", .user)) { (_: NoInput, _) in EventStream { _ in } },
                    of: "ships")
            ]), streams: streams, authenticator: authenticator, logger: silent)
        authenticator.say(.success(reader))
        let stream = try #require(await dispatcher.answer(IncomingRequest(.get, "/events")).stream)
        let ended = ended
        stream.onEnd { ended.add($0) }
        return stream
    }

    @Test("A right that goes ends the stream; one that stays does not, and others' are not looked at")
    func rights() async throws {
        let stream = try await open()
        await streams.recheck(accounts: [UUID()])
        #expect(authenticator.rechecks.all.isEmpty)
        await streams.recheck(accounts: [reader.accountID])
        #expect(authenticator.rechecks.all == ["/events"] && ended.all.isEmpty)
        authenticator.say(.success(.test(["ships": .director])))
        await streams.recheck(accounts: nil)
        #expect(ended.all == [.rightLost], "another account is not the reader, whatever it may")
        stream.close()
    }

    @Test(
        "Nobody who cannot be judged reads on",
        arguments: [
            Result<[FeatureKey: Role]?, Problem>.success([:]), .success(nil),
            .failure(Problem(.unauthorized, "session_expired", "Log in.")),
            .failure(Problem(.forbidden, "account_blocked", "Blocked.")),
            .failure(Problem(.serviceUnavailable, "database_unavailable", "Away.")),
        ])
    func lost(_ answer: Result<[FeatureKey: Role]?, Problem>) async throws {
        let stream = try await open()
        authenticator.say(
            answer.map { roles in
                roles.map {
                    Principal(
                        accountID: reader.accountID, displayName: "Test", isSuperAdmin: false, roles: $0,
                        credential: reader.credential)
                }
            })
        await streams.recheck(accounts: nil)
        #expect(ended.all == [.rightLost])
        stream.close()
    }

    @Test("Hundreds are looked at, each once")
    func many() async throws {
        var open: [AdmittedStream] = []
        for _ in 0..<100 { open.append(try await self.open()) }
        await streams.recheck(accounts: nil)
        #expect(authenticator.rechecks.all.count == 100 && ended.all.isEmpty && streams.count == 100)
        for stream in open { stream.close() }
        #expect(streams.count == 0)
    }

    @Test("Once a minute everybody is looked at, since sessions end without a word")
    func everyMinute() async throws {
        let clock = TestClock()
        let watched = OpenStreams(clock: clock)
        let looked = Record<Int>()
        _ = try watched.open(
            .init(
                plugin: "ships", account: nil,
                mayGoOn: {
                    looked.add(1); return true
                }, end: { _ in }))
        let running = Task { try await watched.run() }
        #expect(await clock.pauses.next() == .seconds(60))
        #expect(looked.all.isEmpty)
        clock.advance(by: .seconds(60))
        #expect(await looked.next() == 1)
        #expect(await clock.pauses.next() == .seconds(60))
        running.cancel()
        try await running.value
    }

    @Test("When the pod stops, all end and no more begin")
    func all() async throws {
        let stream = try await open()
        streams.endAll()
        #expect(ended.all == [.shuttingDown])
        let problem = #expect(throws: Problem.self) {
            try streams.open(.init(plugin: "ships", account: nil, mayGoOn: { true }, end: { _ in }))
        }
        #expect(problem?.code == "shutting_down")
        stream.close()
    }

    @Test("A stream that ended before anybody listened says so to who listens later")
    func early() async throws {
        let dispatcher = Dispatcher(
            mounted: MountedRoutes([MountedRoute(.test("/events") { _ in EventStream { _ in } }, of: "ships")]), streams: streams,
            authenticator: authenticator, logger: silent)
        let stream = try #require(await dispatcher.answer(IncomingRequest(.get, "/events")).stream)
        streams.end(plugin: "ships")
        stream.onEnd { [ended] in ended.add($0) }
        #expect(ended.all == [.featureDisabled])
    }
}
