import KernelAPI

@testable import KernelRuntime

/// An outside world for ``PluginLives``: keeps what it asks for until a test answers, and complains about everything that must
/// not be.
struct PluginWorld {
    private(set) var lives = PluginLives()
    /// Asked for and not answered yet.
    private(set) var open: [PluginLives.Task] = []
    private(set) var complaints: [String] = []
    let requires: [PluginName: [PluginName]]
    private(set) var wanted: [PluginName: Int] = [:]

    /// What happened to one instance.
    private struct Instance {
        var isMade = true
        var isMounted = false
        var wasClosed = false
        var stops = 0
        var isOver = false
    }

    private struct Key: Hashable {
        let plugin: PluginName
        let life: Int
    }

    private var instances: [Key: Instance] = [:]

    init(requires: [PluginName: [PluginName]]) { self.requires = requires }

    enum Answer { case good, bad(PluginLife.Consequence), notMade(PluginLife.Consequence), stuck(PluginLife.Consequence) }

    mutating func want(_ configurations: [PluginName: Int]) {
        wanted = configurations
        take(lives.want(configurations, requires: requires))
    }

    /// Answers what was asked for; a call that is stuck stays open, and can be answered later.
    mutating func answer(_ task: PluginLives.Task, _ answer: Answer) {
        if case .stuck = answer {} else { open.removeAll { $0 == task } }
        let plugin = task.plugin
        switch task.action {
        case .start(let life):
            let key = Key(plugin: plugin, life: life)
            switch answer {
            case .good: tell(plugin) { $0.started(life) }
            case .bad(let consequence): tell(plugin) { $0.startFailed(life, then: consequence) }
            case .notMade(let consequence):
                instances[key]?.isMade = false
                instances[key]?.isOver = true
                tell(plugin) { $0.notMade(life, then: consequence) }
            case .stuck(let consequence): tell(plugin) { $0.stuck(life, then: consequence) }
            }
        case .drain(let life): tell(plugin) { $0.drained(life) }
        case .close(let life):
            instances[Key(plugin: plugin, life: life)]?.wasClosed = true
            tell(plugin) { $0.closed(life) }
        case .stop(let life):
            if case .stuck(let consequence) = answer { return tell(plugin) { $0.stuck(life, then: consequence) } }
            instances[Key(plugin: plugin, life: life)]?.isOver = true
            tell(plugin) { $0.stopped(life) }
        case .pause(_, let token): tell(plugin) { $0.retry(token) }
        case .cancelStart, .serve, .unmount, .endProgram: break
        }
    }

    private mutating func tell(_ plugin: PluginName, _ event: (inout PluginLife) -> [PluginLife.Action]) {
        take(lives.tell(plugin, event))
    }

    // MARK: What is asked for

    private mutating func take(_ tasks: [PluginLives.Task]) {
        for task in tasks {
            check(task)
            switch task.action {
            case .start, .drain, .close, .stop, .pause: open.append(task)
            case .cancelStart, .serve, .unmount, .endProgram: break
            }
        }
    }

    private mutating func check(_ task: PluginLives.Task) {
        let plugin = task.plugin
        switch task.action {
        case .start(let life):
            if instances.contains(where: { $0.key.plugin == plugin && !$0.value.isOver }) {
                complain("\(plugin) starts again before its last life is over")
            }
            for name in requires[plugin] ?? [] {
                if case .running = lives[name].phase { continue }
                complain("\(plugin) starts although \(name) does not run")
            }
            if instances.updateValue(Instance(), forKey: Key(plugin: plugin, life: life)) != nil {
                complain("life \(life) of \(plugin) begins twice")
            }
        case .serve(let life): instances[Key(plugin: plugin, life: life)]?.isMounted = true
        case .unmount(let life):
            if instances[Key(plugin: plugin, life: life)]?.isMounted != true {
                complain("\(plugin) is unmounted and was not mounted")
            }
            instances[Key(plugin: plugin, life: life)]?.isMounted = false
        case .close(let life):
            if instances[Key(plugin: plugin, life: life)]?.isMounted == true { complain("\(plugin) closes while it is mounted") }
        case .stop(let life): checkStop(Key(plugin: plugin, life: life))
        case .cancelStart, .drain, .pause, .endProgram: break
        }
    }

    private mutating func checkStop(_ key: Key) {
        guard let instance = instances[key], instance.isMade else { return complain("\(key) is stopped and was never made") }
        if instance.stops > 0 { complain("\(key) is stopped twice") }
        if instance.isMounted { complain("\(key) is stopped while it is mounted") }
        instances[key]?.stops += 1
        guard lives[key.plugin].wanted == nil else { return }
        for dependant in requires.keys where requires[dependant]?.contains(key.plugin) == true {
            let life = lives[dependant]
            if life.hasInstance && !life.isStuck { complain("\(key.plugin) goes off before \(dependant), which requires it") }
        }
    }

    private mutating func complain(_ sentence: String) { complaints.append(sentence) }

    // MARK: The end

    /// Everything that was asked for is answered well until nothing is asked for any more.
    mutating func settle() {
        var rounds = 0
        while let task = open.first, rounds < 1_000 {
            answer(task, .good)
            rounds += 1
        }
        if rounds == 1_000 { complain("it never comes to rest") }
        for (key, instance) in instances where instance.isOver && instance.isMade && instance.stops != 1 {
            complain("\(key) is over and was stopped \(instance.stops) times")
        }
    }

    /// Those whose every requirement is wanted, too.
    var possible: Set<PluginName> {
        var possible = Set(wanted.keys)
        while let lost = possible.first(where: { !(requires[$0] ?? []).allSatisfy(possible.contains) }) { possible.remove(lost) }
        return possible
    }

    /// What does not fit what is wanted, after ``settle()``.
    func differences() -> [String] {
        requires.keys.sorted().compactMap { plugin in
            let life = lives[plugin]
            switch life.phase {
            case .running where possible.contains(plugin):
                return life.generation == wanted[plugin] && life.isMounted ? nil : "\(plugin) runs with another configuration"
            case .off where !possible.contains(plugin): return nil
            default: return "\(plugin) is \(life.phase)"
            }
        }
    }
}
