import NIOCore
import Testing

@testable import KernelRedis

@Suite("When to connect again") struct KeeperStateTests {
    private static func fresh() -> KeeperState<String> {
        KeeperState(firstPause: .milliseconds(50), longestPause: .seconds(2))
    }

    private func pause(_ action: KeeperState<String>.Action) -> TimeAmount? {
        if case .pause(let pause) = action { pause } else { nil }
    }

    private func connects(_ action: KeeperState<String>.Action) -> Bool {
        if case .connect = action { true } else { false }
    }

    private func closes(_ action: KeeperState<String>.Action, _ connection: String) -> Bool {
        if case .close(connection) = action { true } else { false }
    }

    @Test("the pause doubles up to the longest; dice say how much of its second half is waited")
    func growth() {
        var state = Self.fresh()
        #expect(connects(state.start()))
        var pauses: [Int64] = []
        for _ in 0..<8 {
            pauses.append(pause(state.failed(dice: 1))?.nanoseconds ?? 0)
            #expect(connects(state.pauseOver()))
        }
        #expect(pauses.map { $0 / 1_000_000 } == [50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
        #expect(pause(state.failed(dice: 0)) == .seconds(1))
        _ = state.pauseOver()
        #expect(pause(state.failed(dice: 0.5)) == .milliseconds(1_500))
    }

    @Test("only a connection that lasted makes the next pause short again")
    func reset() {
        var state = Self.fresh()
        _ = state.start()
        for _ in 0..<8 {
            _ = state.failed(dice: 1)
            _ = state.pauseOver()
        }
        let now = NIODeadline.now()
        _ = state.connected("a", now: now)
        #expect(pause(state.lost(now: now + .milliseconds(1_999), dice: 1)) == .seconds(2))
        _ = state.pauseOver()
        _ = state.connected("b", now: now)
        #expect(pause(state.lost(now: now + .seconds(2), dice: 1)) == .milliseconds(50))
    }

    @Test("stopped, it closes what is there and what comes too late, and connects no more")
    func stop() {
        var connecting = Self.fresh()
        _ = connecting.start()
        _ = connecting.stop()
        #expect(closes(connecting.connected("late", now: .now()), "late"))
        var connected = Self.fresh()
        _ = connected.start()
        _ = connected.connected("there", now: .now())
        #expect(closes(connected.stop(), "there"))
        #expect(pause(connected.lost(now: .now(), dice: 1)) == nil)
        var pausing = Self.fresh()
        _ = pausing.start()
        _ = pausing.failed(dice: 1)
        _ = pausing.stop()
        #expect(!connects(pausing.pauseOver()) && !connects(pausing.start()))
    }
}
