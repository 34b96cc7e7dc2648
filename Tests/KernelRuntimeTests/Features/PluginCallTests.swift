import KernelAPI
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct PluginCallTests {
    private struct Failure: Error {}

    @Test("A call that ends in time is its result")
    func ends() async throws {
        let good = PluginCall { 7 }
        guard case .ended(let result) = await good.outcome(within: .seconds(60), grace: .zero) else {
            Issue.record("it did not end")
            return
        }
        #expect(try result.get() == 7)
        let bad = PluginCall<Int> { throw Failure() }
        guard case .ended(.failure) = await bad.outcome(within: .seconds(60), grace: .zero) else {
            Issue.record("it did not fail")
            return
        }
    }

    @Test("After its time it is cancelled: who obeys is cut short, who does not is stuck and known until it ends")
    func overdue() async {
        let obedient = PluginCall { for await _ in AsyncStream<Void>.makeStream().stream {} }
        guard case .cutShort = await obedient.outcome(within: .zero, grace: .seconds(60)) else {
            Issue.record("it was not cut short")
            return
        }
        let gate = OneShot<Void>()
        let stubborn = PluginCall { await Task { _ = await gate.wait() }.value }
        guard case .stuck = await stubborn.outcome(within: .zero, grace: .milliseconds(1)) else {
            Issue.record("it was not stuck")
            return
        }
        gate.fulfil(())
        #expect(await stubborn.end() != nil)
    }

    @Test("Cancelled from elsewhere, it gets the grace and no more")
    func cancelled() async {
        let gate = OneShot<Void>()
        let call = PluginCall { await Task { _ = await gate.wait() }.value }
        async let outcome = call.outcome(within: .seconds(3_600), grace: .milliseconds(1))
        call.cancel()
        guard case .stuck = await outcome else {
            Issue.record("it was waited for")
            return
        }
        gate.fulfil(())
    }

    @Test("A value that comes once reaches everybody who waits, before and after; the first one stays")
    func oneShot() async {
        let shot = OneShot<Int>()
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<20 { group.addTask { await shot.wait() } }
            await Task.yield()
            shot.fulfil(1)
            shot.fulfil(2)
            for await value in group { #expect(value == 1) }
        }
        #expect(await shot.wait() == 1)
    }

    @Test("Whoever waits in vain can be cancelled, before and while it waits")
    func oneShotCancellation() async {
        for _ in 0..<500 {
            let shot = OneShot<Int>()
            let waiting = Task { await shot.wait() }
            if Bool.random() { await Task.yield() }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }

    @Test("A closed gate lets nobody in and tells when the last one is out")
    func gate() async {
        let gate = RequestGate()
        #expect(gate.enter() && gate.enter())
        gate.leave()
        gate.close()
        #expect(!gate.enter() && gate.inside == 1)
        async let emptied: Void = gate.emptied()
        gate.leave()
        await emptied
        #expect(gate.inside == 0)
        #expect(!RequestGate.closed.enter())
    }

    @Test("Readers of a published value get it as it is and then the newest")
    func published() async {
        let published = Published(1)
        let values = published.values()
        #expect(published.publish(2) && !published.publish(2) && published.publish(3))
        var iterator = values.makeAsyncIterator()
        #expect(await iterator.next() == 3)
        published.publish(4)
        #expect(await iterator.next() == 4)
        #expect(published.value == 4)
    }

    @Test("The pause after failed starts doubles up to a minute")
    func pauses() {
        let deadlines = PluginDeadlines()
        #expect((1...8).map { deadlines.retryPause(attempt: $0).components.seconds } == [1, 2, 4, 8, 16, 32, 60, 60])
        #expect(deadlines.retryPause(attempt: 10_000) == .seconds(60))
    }

    @Test("A pod is unavailable without its database or an indispensable plugin, degraded when anything is amiss")
    func healthStatus() {
        func report(_ state: PluginState, isRequired: Bool = false, isMissing: Bool = false) -> PluginReport {
            PluginReport(
                plugin: "deck", state: state, isMissing: isMissing, isRequired: isRequired, runsHere: true,
                configurationHash: "", servesRoutes: true, work: [])
        }
        func status(_ reports: PluginReport...) -> HealthStatus { HealthStatus(databaseAnswers: true, reports: reports) }
        #expect(status(report(.running), report(.off), report(.starting), report(.draining)) == .ok)
        for state in [PluginState.degraded, .retrying, .failed] {
            #expect(status(report(.running), report(state)) == .degraded)
            #expect(status(report(state, isMissing: true)) == .degraded)
            #expect(status(report(state, isRequired: true)) == .degraded)
            #expect(status(report(state, isRequired: true, isMissing: true)) == .unavailable)
        }
        #expect(HealthStatus(databaseAnswers: false, reports: []) == .unavailable)
    }
}
