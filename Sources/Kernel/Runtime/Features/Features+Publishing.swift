import KernelAPI
import Metrics

/// A plugin's part of the route table.
struct MountedPlugin: Equatable {
    enum Condition: Equatable {
        case serving(life: Int)
        /// 404 `feature_disabled`.
        case disabled
        /// 503 `plugin_unavailable`.
        case unavailable
    }

    let plugin: PluginName
    let condition: Condition
}

/// What others are told after each step.
extension Features {
    func publish() {
        let order = manifests.manifests.map(\.plugin).filter { members[$0] != nil }
        for name in order { updateCondition(name) }
        publishRoutes(order)
        machinery.directory.publish(
            order.filter { manifests[$0]?.enabled == true }.map { name in
                FeatureDirectory.Entry(
                    plugin: name, declaration: machinery.loader.declaration(of: name), isEnabled: isEnabled(name),
                    menu: members[name]?.specimen.contributions.menu ?? [])
            })
        let reports = order.compactMap(report)
        if machinery.board.publish(FeatureBoard.Snapshot(manifests: manifests, reports: reports)) {
            fleet.report(reports)
            for report in reports {
                Gauge(label: "plugin_state", dimensions: [("plugin", report.plugin.rawValue)]).record(report.state.number)
            }
        }
    }

    /// No admin switched it off, nor anything that it requires.
    private func isEnabled(_ name: PluginName) -> Bool {
        manifests.closure(of: [name]).allSatisfy { members[$0]?.isSwitchedOn ?? true }
    }

    private func updateCondition(_ name: PluginName) {
        guard let member = members[name] else { return }
        let life = lives[name]
        var condition = member.condition
        condition.phase = life.phase
        condition.isStuck = life.isStuck
        condition.failures = life.failures
        if life.phase == .off { condition.startError = nil }
        let missing = member.manifest.requires.first { if case .running = lives[$0].phase { false } else { true } }
        condition.waitsFor = missing
        // What is required comes first in this order, so its condition is that of now.
        condition.isWaitingShort =
            missing.flatMap { members[$0]?.condition.state }.map { $0 == .starting || $0 == .draining } ?? true
        condition.refused = (member.running?.plugin.passedOver ?? []) + (member.refused.map { [$0] } ?? [])
        members[name]?.condition = condition
    }

    private func report(_ name: PluginName) -> PluginReport? {
        guard let member = members[name], manifests[name]?.enabled == true else { return nil }
        let plugin = member.running?.plugin ?? member.specimen
        let serves = member.manifest.runsHere
        return PluginReport(
            plugin: name, state: member.condition.state, lastError: member.condition.lastError,
            isMissing: member.condition.isMissing, isRequired: member.manifest.onStartFailure == .fail, runsHere: serves,
            configurationHash: plugin.configurationHash, servesRoutes: serves && !plugin.servedRoutes.isEmpty,
            work: serves ? plugin.servedWork : [], beganAt: member.running?.beganAt)
    }

    private func publishRoutes(_ order: [PluginName]) {
        let new = order.filter { members[$0]?.manifest.runsHere == true }.map { name in
            MountedPlugin(
                plugin: name,
                condition: lives[name].isMounted
                    ? .serving(life: members[name]?.running?.life ?? 0) : isEnabled(name) || isEnding ? .unavailable : .disabled)
        }
        guard new != mounted else { return }
        mounted = new
        machinery.mounted.replace(with: machinery.kernelRoutes + new.flatMap(routes))
    }

    private func routes(of mounted: MountedPlugin) -> [MountedRoute] {
        guard let member = members[mounted.plugin] else { return [] }
        switch mounted.condition {
        case .serving:
            guard let running = member.running else { return [] }
            return running.plugin.servedRoutes.map { MountedRoute($0, of: mounted.plugin, gate: running.gate) }
        case .disabled: return member.specimen.servedRoutes.map { MountedRoute($0, of: mounted.plugin, isDisabled: true) }
        case .unavailable: return member.specimen.servedRoutes.map { MountedRoute($0, of: mounted.plugin, gate: .closed) }
        }
    }
}

extension PluginState {
    /// As the metric `plugin_state` tells it: 0 off, 1 starting, 2 running, 3 degraded, 4 retrying, 5 draining, 6 failed.
    var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
