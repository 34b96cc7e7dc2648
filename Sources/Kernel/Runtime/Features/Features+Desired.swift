import Foundation
import KernelAPI
import Logging

/// What is wanted: switches and manifests.
extension Features {
    // MARK: Following

    func followSignals() async {
        for await signal in signals.received() where signal == .features || signal == .everything { lookAgain.signal() }
    }

    /// The net below the signals: a number that changes with the switches.
    func followVersion() async {
        while !Task.isCancelled {
            try? await pacing.sleep(for: deadlines.switchPoll, tolerance: nil)
            do {
                let version = try await FeatureRow.version(database)
                if version != seenVersion { lookAgain.signal() }
            } catch {
                // The health probe tells that the database is away.
                logger.debug("the switches' version could not be read", metadata: ["error": "\(error)"])
            }
        }
    }

    func followSwitches() async {
        while true {
            await lookAgain.wait()
            if Task.isCancelled { return }
            do {
                let rows = try await FeatureRow.all(database)
                seenVersion = rows.values.reduce(0) { $0 + $1.version }
                want(rows)
            } catch {
                if !Task.isCancelled {
                    logger.warning("switches could not be read, they stay as they are", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// The manifests' folder, for as long as the program runs.
    func followManifests(_ directory: String) async {
        var watch = ManifestWatch(directory: directory, known: manifests.digest)
        while !Task.isCancelled {
            try? await pacing.sleep(for: deadlines.manifestPoll, tolerance: nil)
            if watch.hasChanged() { await adopt { try ManifestSet(directory: directory) } }
        }
    }

    // MARK: Deciding

    /// The switches are as these rows say.
    private func want(_ rows: [PluginName: FeatureRow]) {
        guard !isEnding else { return }
        var configurations: [PluginName: Int] = [:]
        for name in members.keys.sorted() {
            guard var member = members[name] else { continue }
            let row = rows[name] ?? FeatureRow(plugin: name)
            member.isSwitchedOn = row.isEnabled
            adopt(PluginPlan(member.manifest, consoleSettings: row.settings), for: &member)
            if row.isEnabled && member.manifest.runsHere { configurations[name] = member.generation }
            members[name] = member
        }
        hasLooked = true
        carryOut(lives.want(configurations, requires: requirements))
    }

    /// Another configuration, unless the plugin cannot be made of it: then what runs goes on.
    private func adopt(_ plan: PluginPlan, for member: inout Member) {
        guard plan != member.plan else { return }
        do {
            member.specimen = try machinery.make(member.manifest, plan.consoleSettings)
        } catch  where lives[member.manifest.plugin].hasInstance {
            let sentence = "A change of its configuration was refused: \(error)"
            if member.refused != sentence {
                logger.error("\(Self.refusal)", metadata: ["plugin": "\(member.manifest.plugin)", "error": "\(error)"])
            }
            member.refused = sentence
            return
        } catch {
            // Nothing runs, so nothing is to be spared: the start will fail, and tell.
        }
        member.plan = plan
        member.generation += 1
        member.refused = nil
    }

    private static let refusal = "a plugin cannot be made of its new configuration, the old one stays"

    /// Other manifests, if they are right as a whole.
    func adopt(_ read: () throws -> ManifestSet) async {
        do {
            let new = try machinery.selection.applied(to: try read())
            let specimens = try machinery.loader.load(new, host: machinery.makeHost)
            try await machinery.checkSchema(specimens.filter(\.manifest.runsHere))
            guard !isEnding else { return }
            manifests = new
            for name in members.keys where !specimens.contains(where: { $0.name == name }) { leave(name) }
            for specimen in specimens {
                if members[specimen.name] == nil {
                    members[specimen.name] = Member(manifest: specimen.manifest, specimen: specimen)
                } else {
                    members[specimen.name]?.manifest = specimen.manifest
                }
            }
            logger.notice("the plugins' manifests changed", metadata: ["plugins": "\(specimens.count)"])
            lookAgain.signal()
        } catch {
            let problems = (error as? ConfigurationError)?.problems ?? ["\(error)"]
            for problem in problems {
                logger.error("a manifest is wrong, the running configuration stays", metadata: ["problem": "\(problem)"])
            }
        }
    }

    /// A plugin has no enabled manifest any more. Its life ends like that of one which is not for this pod.
    private func leave(_ name: PluginName) {
        members[name]?.manifest.isForThisPod = false
    }
}
