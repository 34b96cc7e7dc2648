import KernelAPI

/// All plugins of this pod as one value: each ``PluginLife``, and the order between them.
///
/// A plugin starts when everything that it requires runs, and one that goes off stops when everything that requires it has
/// stopped. One that only gets new settings concerns nobody else.
struct PluginLives: Sendable {
    /// Something to be done for a plugin.
    struct Task: Hashable, Sendable {
        let plugin: PluginName
        let action: PluginLife.Action
    }

    private(set) var lives: [PluginName: PluginLife] = [:]
    private var requires: [PluginName: [PluginName]] = [:]

    subscript(plugin: PluginName) -> PluginLife { lives[plugin] ?? PluginLife() }

    /// No instance is left but those that nothing can be done about.
    var haveEnded: Bool { lives.values.allSatisfy { !$0.hasInstance || $0.isStuck } }

    /// Every plugin that is to run does so, or it is clear that it will not do so soon.
    func haveSettled(_ plugins: some Sequence<PluginName>) -> Bool {
        plugins.allSatisfy { name in
            let life = self[name]
            switch life.phase {
            case .off, .running, .pausing, .failed: return true
            case .waiting: return haveSettled(requires[name] ?? [])
            case .starting, .draining, .closing, .lingering, .stopping: return life.isStuck
            }
        }
    }

    /// What is to run from now on.
    ///
    /// - Parameters:
    ///   - configurations: by plugin, a number that changes with the configuration; a plugin that is not named is not to run,
    ///     and what requires it is not either.
    ///   - requires: what each plugin requires.
    mutating func want(_ configurations: [PluginName: Int], requires: [PluginName: [PluginName]]) -> [Task] {
        self.requires = requires
        var tasks: [Task] = []
        for plugin in Set(lives.keys).union(configurations.keys).sorted() {
            var seen: Set<PluginName> = []
            let isPossible = canRun(plugin, configurations, &seen)
            tasks += change(plugin) { $0.want(isPossible ? configurations[plugin] : nil) }
        }
        return tasks + settleSurroundings()
    }

    /// Something happened to one plugin.
    mutating func tell(_ plugin: PluginName, _ event: (inout PluginLife) -> [PluginLife.Action]) -> [Task] {
        change(plugin, event) + settleSurroundings()
    }

    private func canRun(_ plugin: PluginName, _ configurations: [PluginName: Int], _ seen: inout Set<PluginName>) -> Bool {
        guard seen.insert(plugin).inserted else { return true }
        return configurations[plugin] != nil && (requires[plugin] ?? []).allSatisfy { canRun($0, configurations, &seen) }
    }

    private mutating func change(_ plugin: PluginName, _ event: (inout PluginLife) -> [PluginLife.Action]) -> [Task] {
        event(&lives[plugin, default: PluginLife()]).map { Task(plugin: plugin, action: $0) }
    }

    /// Tells every plugin about the others; one pass is enough, for what it leads to needs somebody's answer.
    private mutating func settleSurroundings() -> [Task] {
        lives.keys.sorted().flatMap { plugin in
            let requirementsRun = (requires[plugin] ?? []).allSatisfy {
                if case .running = self[$0].phase { true } else { false }
            }
            let dependants = requires.filter { $0.value.contains(plugin) }.keys
            let areGone = dependants.allSatisfy { !self[$0].hasInstance || self[$0].isStuck }
            return change(plugin) { $0.surroundings(requirementsRun: requirementsRun, dependantsAreGone: areGone) }
        }
    }
}
