import Foundation
import KernelAPI
import Logging
import Metrics

/// What is done for one plugin, each answered by an event of its ``PluginLife``.
extension Features {
    func perform(_ task: PluginLives.Task) async {
        let plugin = task.plugin
        switch task.action {
        case .start(let life): await start(plugin, life)
        case .cancelStart: members[plugin]?.running?.cancelCalls()
        case .serve(let life): await serve(plugin, life)
        case .unmount(let life): unmount(plugin, life)
        case .drain(let life): await drain(plugin, life)
        case .close(let life): await close(plugin, life)
        case .stop(let life): await stop(plugin, life)
        case .pause(let attempt, let token): await pause(plugin, attempt: attempt, token: token)
        // Done when it was told.
        case .endProgram: break
        }
    }

    // MARK: Start

    private func start(_ name: PluginName, _ life: Int) async {
        guard let member = members[name], let plan = member.plan else { return }
        let plugin: LoadedPlugin
        do {
            plugin = try machinery.make(member.manifest, plan.consoleSettings)
        } catch {
            failed(name, error)
            let consequence = consequence(name)
            return tell(name) { $0.notMade(life, then: consequence) }
        }
        let running = RunningPlugin(life: life, plugin: plugin, beganAt: clock.now, deadlines: deadlines)
        if isHurried { running.hurry() }
        members[name]?.running = running
        let overdue = CallOverdue(call: "start()", deadline: deadlines.start)
        let call = running.call { try await plugin.plugin.start() }
        switch await call.outcome(within: deadlines.start, grace: deadlines.grace) {
        case .ended(.success):
            members[name]?.condition.startError = nil
            startErrors[name] = nil
            tell(name) { $0.started(life) }
        case .ended(.failure(let error)): notStarted(name, life, error)
        case .cutShort: notStarted(name, life, overdue)
        case .stuck:
            abandon(name, "start()")
            failed(name, overdue)
            let consequence = consequence(name)
            tell(name) { $0.stuck(life, then: consequence) }
            guard await call.end() != nil else { return }
            notStarted(name, life, overdue)
        }
    }

    private func notStarted(_ name: PluginName, _ life: Int, _ error: any Error) {
        failed(name, error)
        let consequence = consequence(name)
        tell(name) { $0.startFailed(life, then: consequence) }
    }

    private func failed(_ name: PluginName, _ error: any Error) {
        // A start that was called off is no failure.
        guard lives[name].wanted == lives[name].generation else { return }
        startErrors[name] = error
        members[name]?.condition.startError = "It did not start: \(error)"
        logger.error(
            "plugin did not start",
            metadata: ["plugin": "\(name)", "error": "\(error)", "consequence": "\(consequence(name))"])
    }

    /// What the manifest says. Once the pod has been up, nothing that an admin switches takes it down.
    private func consequence(_ name: PluginName) -> PluginLife.Consequence {
        switch members[name]?.manifest.onStartFailure ?? .fail {
        case .fail: isUp ? .retry : .endProgram
        case .degrade: .giveUp
        case .retry: .retry
        }
    }

    private func pause(_ name: PluginName, attempt: Int, token: Int) async {
        try? await pacing.sleep(for: deadlines.retryPause(attempt: attempt), tolerance: nil)
        tell(name) { $0.retry(token) }
    }

    // MARK: Serve

    private func serve(_ name: PluginName, _ life: Int) async {
        guard let running = members[name]?.running, running.life == life else { return }
        for runner in running.runners { machinery.wakeBoard.add(runner.wake, for: runner.worker.wakesOn) }
        running.beginWork()
        for runner in machinery.contributionRunners { await runner.begin(running.plugin) }
        running.isServing.fulfil(())
        logger.info("plugin runs", metadata: ["plugin": "\(name)", "configuration": "\(running.plugin.configurationHash)"])
    }

    // MARK: End

    /// The table without its routes is published already; requests that found them in the old one are let in no more.
    private func unmount(_ name: PluginName, _ life: Int) {
        if let running = members[name]?.running, running.life == life { running.gate.close() }
        let isOff = lives[name].wanted == nil && !isEnding
        machinery.streams.end(plugin: name, because: isOff ? .featureDisabled : .shuttingDown)
    }

    private func drain(_ name: PluginName, _ life: Int) async {
        guard let running = members[name]?.running, running.life == life else { return }
        // What has begun only halfway can only be ended halfway.
        _ = await running.isServing.wait()
        for runner in running.runners {
            runner.finish()
            machinery.wakeBoard.remove(runner.wake)
        }
        await withTaskGroup(of: Void.self) { group in
            for (runner, call) in running.workers {
                group.addTask {
                    let outcome = await call.outcome(within: self.deadlines.drain, grace: self.deadlines.grace)
                    if case .stuck = outcome { await self.abandon(name, "step of \(runner.label)") }
                }
            }
            for runner in machinery.contributionRunners {
                group.addTask {
                    let call = running.call { await runner.end(name) }
                    let outcome = await call.outcome(within: self.deadlines.drain, grace: self.deadlines.grace)
                    if case .stuck = outcome { await self.abandon(name, "run of a job or consumer") }
                }
            }
        }
        tell(name) { $0.drained(life) }
    }

    private func close(_ name: PluginName, _ life: Int) async {
        guard let running = members[name]?.running, running.life == life else { return }
        running.gate.close()
        let call = running.call { await running.gate.emptied() }
        _ = await call.outcome(within: deadlines.drain, grace: .zero)
        if running.gate.inside > 0 { abandon(name, "\(running.gate.inside) requests") }
        tell(name) { $0.closed(life) }
    }

    private func stop(_ name: PluginName, _ life: Int) async {
        guard let running = members[name]?.running, running.life == life else { return }
        running.gate.close()
        let call = running.call { await running.plugin.plugin.stop() }
        if case .stuck = await call.outcome(within: deadlines.stop, grace: deadlines.grace) {
            abandon(name, "stop()")
            let consequence = consequence(name)
            tell(name) { $0.stuck(life, then: consequence) }
            guard await call.end() != nil else { return }
        }
        members[name]?.running = nil
        members[name]?.condition.abandoned = [:]
        members[name]?.condition.health = .healthy
        logger.info("plugin stopped", metadata: ["plugin": "\(name)"])
        tell(name) { $0.stopped(life) }
    }

    /// A call does not end although it was cancelled: it is given up.
    func abandon(_ name: PluginName, _ call: String) {
        Counter(label: "plugin_calls_abandoned_total", dimensions: [("plugin", name.rawValue)]).increment()
        logger.error(
            "a plugin does not obey: what was cancelled goes on, and is not waited for any more",
            metadata: ["plugin": "\(name)", "call": "\(call)"])
    }
}

/// A call into a plugin took longer than it may.
struct CallOverdue: Error, CustomStringConvertible {
    let call: String
    let deadline: Duration
    var description: String { "\(call) took longer than \(deadline) and was cancelled" }
}
