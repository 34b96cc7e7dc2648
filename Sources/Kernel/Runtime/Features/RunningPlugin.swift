import Foundation
import KernelAPI
import Synchronization

/// One life of a plugin while it lasts: the instance, its requests, its workers, the calls into it that are under way.
final class RunningPlugin: Sendable {
    let life: Int
    let plugin: LoadedPlugin
    let beganAt: Date
    let gate = RequestGate()
    let runners: [WorkerRunner]
    /// Everything that is served of it is under way.
    let isServing = OneShot<Void>()

    private struct Calls {
        var isHurried = false
        var cancels: [@Sendable () -> Void] = []
        var workers: [(runner: WorkerRunner, call: PluginCall<Void>)] = []
        var health: PluginCall<PluginHealth>?
    }

    private let calls = Mutex(Calls())

    init(life: Int, plugin: LoadedPlugin, beganAt: Date, deadlines: PluginDeadlines) {
        self.life = life
        self.plugin = plugin
        self.beganAt = beganAt
        runners = plugin.servedWorkers.map { worker in
            WorkerRunner(
                worker: worker, label: "\(plugin.name).\(worker.name)", logger: plugin.logger, stepDeadline: deadlines.step,
                grace: deadlines.grace)
        }
    }

    /// Calls into the plugin, so that ``hurry()`` reaches the call.
    func call<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> PluginCall<Value> {
        let call = PluginCall(body)
        let isHurried = calls.withLock { calls in
            calls.cancels.append { call.cancel() }
            return calls.isHurried
        }
        if isHurried { call.cancel() }
        return call
    }

    /// Cancels the calls that are under way; later ones may take their time.
    func cancelCalls() {
        let cancels = calls.withLock { calls in
            defer { calls.cancels = [] }
            return calls.cancels
        }
        for cancel in cancels { cancel() }
    }

    /// Cancels every call, now and from now on: there is no more time.
    func hurry() {
        calls.withLock { $0.isHurried = true }
        cancelCalls()
    }

    // MARK: Workers

    func beginWork() {
        for runner in runners {
            let call = call { await runner.run() }
            calls.withLock { $0.workers.append((runner, call)) }
        }
    }

    /// The workers' loops; they run until their runners are told to finish.
    var workers: [(runner: WorkerRunner, call: PluginCall<Void>)] { calls.withLock { $0.workers } }

    // MARK: Health

    /// Asks the plugin how it is.
    ///
    /// - Returns: `nil` when it does not say; `health()` is not called again while an earlier call goes on.
    func health(within deadline: Duration, grace: Duration) async -> PluginHealth? {
        guard let reporting = plugin.plugin as? any HealthReporting else { return .healthy }
        let call = calls.withLock { calls in
            let call = calls.health ?? PluginCall { await reporting.health() }
            calls.health = call
            return call
        }
        let outcome = await call.outcome(within: deadline, grace: grace)
        if case .stuck = outcome { return nil }
        calls.withLock { $0.health = nil }
        if case .ended(.success(let health)) = outcome { return health }
        return nil
    }
}
