import Foundation
import KernelAPI
import Logging

/// What is looked at from time to time: whether workers obey, how plugins say that they are.
extension Features {
    func watchWorkers() async {
        while !Task.isCancelled {
            try? await pacing.sleep(for: deadlines.watch, tolerance: nil)
            for name in members.keys.sorted() {
                for runner in members[name]?.running?.runners ?? [] { look(at: runner, of: name) }
            }
        }
    }

    private func look(at runner: WorkerRunner, of name: PluginName) {
        let isKnown = members[name]?.condition.abandoned[runner.label] != nil
        switch runner.watch(at: .now) {
        case .cancelled:
            logger.warning("a worker's step took too long and was cancelled", metadata: ["worker": "\(runner.label)"])
        case .unresponsive where !isKnown:
            abandon(name, "step of \(runner.label)")
            members[name]?.condition.abandoned[runner.label] =
                "A step of \(runner.label) has not ended although it was cancelled."
            publish()
        case .fine where isKnown:
            members[name]?.condition.abandoned[runner.label] = nil
            logger.notice("a worker obeys again", metadata: ["worker": "\(runner.label)"])
            publish()
        case .fine, .unresponsive: break
        }
    }

    func watchHealth() async {
        while !Task.isCancelled {
            try? await pacing.sleep(for: deadlines.healthPoll, tolerance: nil)
            await withTaskGroup(of: (PluginName, life: Int, PluginHealth?).self) { group in
                for (name, member) in members {
                    guard let running = member.running, case .running = lives[name].phase else { continue }
                    group.addTask { [deadlines] in
                        (name, running.life, await running.health(within: deadlines.health, grace: deadlines.grace))
                    }
                }
                for await (name, life, health) in group where members[name]?.running?.life == life {
                    note(health ?? .degraded("health() does not answer."), of: name)
                }
            }
        }
    }

    private func note(_ health: PluginHealth, of name: PluginName) {
        guard members[name]?.condition.health != health else { return }
        members[name]?.condition.health = health
        switch health {
        case .healthy: logger.notice("plugin is healthy again", metadata: ["plugin": "\(name)"])
        case .degraded(let sentence):
            logger.warning("plugin is degraded", metadata: ["plugin": "\(name)", "reason": "\(sentence)"])
        }
        publish()
    }
}
