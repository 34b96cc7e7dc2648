import Foundation
package import KernelAPI
package import Logging
import ServiceLifecycle

/// Runs plugins' jobs, once a cluster, on whichever pod that serves them is first. How and why: `docs/scheduler.md`.
///
/// The table decides; the actor knows what this pod serves and runs, and looks at the table when a tick is near, when
/// something ended, when it is told to, and every few seconds.
package actor Scheduler: Service {
    nonisolated let store: JobStore
    nonisolated let settings: SchedulerSettings
    let wallClock: any WallClock
    let clock: any Clock<Duration>
    let logger: Logger
    private let signals: ControlSignals?
    var random: any RandomNumberGenerator & Sendable
    private let wake = WakeSignal()

    /// What this pod serves, by label.
    var jobs: [String: ServedJob] = [:]
    /// What runs on this pod now.
    var running: [UUID: Run] = [:]
    /// Who waits for runs to end.
    private var endings: [Int: WakeSignal] = [:]
    private var endingCount = 0
    var sincePrune: (@Sendable () -> Duration)?
    /// The database's absence is told once.
    var isComplaining = false

    /// A job, and which of its ticks were looked at.
    struct ServedJob {
        let registration: JobRegistration
        /// It is in the table.
        var isKnown = false
        /// The last tick that this pod tried to claim.
        var lastTick: Date?
        var nextTick: Date?
    }

    init(
        database: any Database, settings: SchedulerSettings, logger: Logger, wallClock: any WallClock,
        clock: any Clock<Duration> = ContinuousClock(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(), signals: ControlSignals?
    ) {
        self.settings = settings
        self.logger = logger
        self.wallClock = wallClock
        self.clock = clock
        self.random = random
        self.signals = signals
        store = JobStore(database: database, clock: wallClock, settings: settings)
    }

    /// A scheduler alone, without a kernel around it.
    package init(database: any Database, settings: SchedulerSettings, logger: Logger, wallClock: any WallClock) {
        self.init(database: database, settings: settings, logger: logger, wallClock: wallClock, signals: nil)
    }

    // MARK: What this pod serves

    /// Serves a plugin's jobs from now on; they replace those that the plugin had before.
    package func add(plugin: PluginName, jobs added: [Job], logger: Logger) {
        jobs = jobs.filter { $0.value.registration.plugin != plugin }
        for job in added {
            let registration = JobRegistration(plugin: plugin, job: job, logger: logger)
            jobs[registration.label] = ServedJob(registration: registration)
        }
        wake.signal()
    }

    /// Serves none of the plugin's jobs any more. Runs under way may end within ``SchedulerSettings/stopPatience``, then they
    /// are cancelled and recorded as lost, so that another pod can repeat them; returns when none is left.
    package func remove(plugin: PluginName) async {
        jobs = jobs.filter { $0.value.registration.plugin != plugin }
        await end(.removed) { $0.registration.plugin == plugin }
    }

    /// Looks at the table and the clock now.
    package nonisolated func lookNow() { wake.signal() }

    // MARK: Running

    package func run() async throws {
        logger.debug("scheduler started", metadata: ["pod": "\(settings.pod)"])
        // Before the first look, so that nothing falls between the two.
        let heard = signals?.received()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.renewLeases() }
            if let heard { group.addTask { await self.listen(to: heard) } }
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                let (claimed, rest) = await look()
                for run in claimed { group.addTask { await self.execute(run) } }
                await pause(atMost: rest)
            }
            // Nothing is taken any more; what runs may end, and is handed over if it does not.
            await end(.shutdown) { _ in true }
            group.cancelAll()
        }
        logger.debug("scheduler stopped", metadata: ["pod": "\(settings.pod)"])
    }

    private func listen(to signals: AsyncStream<ControlSignal>) async {
        for await signal in signals {
            switch signal {
            case .jobs, .everything: wake.signal()
            case .features, .accounts, .gate: continue
            }
        }
    }

    /// Shutdown ends a pause, and so does a wake-up.
    private func pause(atMost longest: Duration) async {
        await cancelWhenGracefulShutdown { [clock, wake] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await clock.pause(for: longest) }
                group.addTask { await wake.wait() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    // MARK: Waiting for ends

    /// Waits until these runs have ended; after the patience it cancels them, after twice the patience it gives them up.
    private func end(_ reason: StopReason, _ isMeant: @Sendable @escaping (Run) -> Bool) async {
        guard running.values.contains(where: isMeant) else { return }
        let isOver = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.ended(isMeant)
                return true
            }
            group.addTask { [clock, settings] in
                do {
                    try await clock.pause(for: settings.stopPatience)
                    await self.stop(reason, isMeant)
                    try await clock.pause(for: settings.stopPatience)
                    return false
                } catch {
                    return true
                }
            }
            defer { group.cancelAll() }
            return await group.next() ?? true
        }
        for run in running.values where !isOver && isMeant(run) {
            logger.error(
                "a cancelled job does not end", metadata: ["job": "\(run.registration.label)", "run": "\(run.claim.id)"])
        }
    }

    private func ended(_ isMeant: @Sendable (Run) -> Bool) async {
        let signal = WakeSignal()
        endingCount += 1
        let number = endingCount
        endings[number] = signal
        while running.values.contains(where: isMeant), !Task.isCancelled { await signal.wait() }
        endings[number] = nil
    }

    /// A run has ended, however it did: somebody may wait for that, and the next run may begin.
    func forget(_ id: UUID) {
        running[id] = nil
        for ending in endings.values { ending.signal() }
        wake.signal()
    }
}
