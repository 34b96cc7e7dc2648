import Foundation
public import KernelAPI
import Logging
import ServiceLifecycle

/// The plugins of this pod: which are wanted (manifests, command line, the admins' switches), which run, and the way from the
/// one to the other.
///
/// ``PluginLives`` decides what is to be done, the actor does it: it makes instances, starts and stops them, mounts their routes,
/// runs their workers, and tells others (``FeatureDirectory``, ``FeatureBoard``, the fleet's table). No call into a plugin is
/// waited for without a limit. How plugins are written and switched: `docs/plugins.md`.
actor Features: Service {
    /// What is known of one plugin with a manifest here.
    struct Member {
        var manifest: Manifest
        /// Made to look at: what it contributes, whether it runs or not.
        var specimen: LoadedPlugin
        var isSwitchedOn = true
        /// What its instances are made of, and a number that changes with it; `nil` before the switches were read.
        var plan: PluginPlan?
        var generation = 0
        var running: RunningPlugin?
        var condition = PluginCondition()
        /// What was refused since the running life began.
        var refused: String?
    }

    enum Command: Sendable { case end, hurry }

    let machinery: PluginMachinery
    let deadlines: PluginDeadlines
    let database: any Database
    let signals: ControlSignals
    let fleet: FleetReporter
    let logger: Logger
    let clock: any WallClock
    /// For pauses of the kernel's own.
    let pacing: any Clock<Duration> = ContinuousClock()
    /// The folder whose manifests are followed while the program runs; `nil` for those that were given at start.
    let manifestsDirectory: String?

    var manifests: ManifestSet
    var members: [PluginName: Member] = [:]
    var lives = PluginLives()
    let lookAgain = WakeSignal()
    var seenVersion: Int64?
    var hasLooked = false
    var isEnding = false
    var isHurried = false
    var isUp = false
    var mayBeUpWithoutOptional = false
    /// Why plugins did not start.
    var startErrors: [PluginName: any Error] = [:]
    /// What the route table was last made of.
    var mounted: [MountedPlugin] = []
    private let up = OneShot<Void>()
    private var fatal: (any Error)?
    private var tasks: AsyncStream<PluginLives.Task>.Continuation?

    init(
        manifests: ManifestSet, specimens: [LoadedPlugin], machinery: PluginMachinery, deadlines: PluginDeadlines,
        database: any Database, signals: ControlSignals, fleet: FleetReporter, manifestsDirectory: String?, logger: Logger,
        clock: any WallClock
    ) {
        self.manifests = manifests
        self.machinery = machinery
        self.deadlines = deadlines
        self.database = database
        self.signals = signals
        self.fleet = fleet
        self.manifestsDirectory = manifestsDirectory
        self.logger = logger
        self.clock = clock
        for specimen in specimens { members[specimen.name] = Member(manifest: specimen.manifest, specimen: specimen) }
    }

    /// Waits until the plugins are up: each runs, or the others go on without it.
    ///
    /// - Returns: false when the waiting task was cancelled.
    nonisolated func waitUntilUp() async -> Bool { await up.wait() != nil }

    /// Runs the plugins until the end is asked for, then stops them in order.
    ///
    /// - Throws: ``PluginStartFailure`` of a plugin that the program cannot do without.
    func run() async throws {
        guard tasks == nil else { throw KernelMisuse("run() was called twice") }
        let (work, sink) = AsyncStream.makeStream(of: PluginLives.Task.self)  // a plugin has three things to do at most
        tasks = sink
        let (commands, command) = AsyncStream.makeStream(of: Command.self, bufferingPolicy: .bufferingOldest(4))
        // Awaited at once; a task of its own because plugins are to be stopped in order also when this one is cancelled.
        let engine = Task { await self.perform(work, following: commands) }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await engine.value
            } onGracefulShutdown: {
                command.yield(.end)
            }
        } onCancel: {
            command.yield(.hurry)
        }
        if !isHurried { await fleet.withdraw() }
        if let fatal { throw fatal }
    }

    private func perform(_ work: AsyncStream<PluginLives.Task>, following commands: AsyncStream<Command>) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow(commands) }
            group.addTask { await self.followSignals() }
            group.addTask { await self.followVersion() }
            group.addTask { await self.followSwitches() }
            group.addTask { await self.watchWorkers() }
            group.addTask { await self.watchHealth() }
            group.addTask { await self.waitForOptional() }
            group.addTask { await self.fleet.run() }
            if let manifestsDirectory { group.addTask { await self.followManifests(manifestsDirectory) } }
            lookAgain.signal()
            for await task in work { group.addTask { await self.perform(task) } }
            group.cancelAll()
        }
    }

    // MARK: The end

    private func follow(_ commands: AsyncStream<Command>) async {
        for await command in commands {
            if command == .hurry { hurry() }
            end()
        }
    }

    /// Nothing is wanted any more.
    func end() {
        guard !isEnding else { return }
        isEnding = true
        carryOut(lives.want([:], requires: requirements))
    }

    /// There is no more time: every call into a plugin is cancelled, and given up when it does not end soon.
    private func hurry() {
        isHurried = true
        for member in members.values { member.running?.hurry() }
    }

    /// A plugin's failure is the program's.
    private func end(because error: any Error) {
        fatal = error
        end()
    }

    // MARK: Steps

    /// Something happened to a plugin: what follows from it is done, and others are told.
    func tell(_ plugin: PluginName, _ event: (inout PluginLife) -> [PluginLife.Action]) { carryOut(lives.tell(plugin, event)) }

    func carryOut(_ new: [PluginLives.Task]) {
        for task in new { tasks?.yield(task) }
        publish()
        // At once, so that nobody takes the pod for up in between.
        if !isEnding, let failed = new.first(where: { $0.action == .endProgram })?.plugin {
            return end(because: PluginStartFailure(plugin: failed, underlying: startErrors[failed] ?? CancellationError()))
        }
        if isEnding && lives.haveEnded { tasks?.finish() }
        becomeUp()
    }

    private func becomeUp() {
        guard hasLooked, !isUp, !isEnding else { return }
        let required = members.values.filter { $0.manifest.onStartFailure == .fail }.map(\.manifest.plugin)
        guard lives.haveSettled(members.keys) || (mayBeUpWithoutOptional && lives.haveSettled(required)) else { return }
        isUp = true
        up.fulfil(())
    }

    /// Plugins that are not required get a while before the pod is up without them.
    private func waitForOptional() async {
        try? await pacing.sleep(for: deadlines.optionalStart, tolerance: nil)
        mayBeUpWithoutOptional = true
        becomeUp()
    }

    /// The requirements between the plugins that run here.
    var requirements: [PluginName: [PluginName]] { members.mapValues(\.manifest.requires) }
}

/// A plugin that the program cannot do without did not start.
public struct PluginStartFailure: Error, CustomStringConvertible {
    public let plugin: PluginName
    /// What the plugin threw.
    public let underlying: any Error

    public var description: String { "the plugin \(plugin) did not start: \(underlying)" }
}
