import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

/// The life of plugins as a value: whatever happens in whatever order, nothing is started twice or left unstopped.
@Suite struct PluginLivesTests {
    private static let names: [PluginName] = ["a", "b", "c", "d", "e"]

    /// Each plugin requires some of those before it.
    private static func requirements(_ random: inout SeededGenerator) -> [PluginName: [PluginName]] {
        let count = Int.random(in: 1...names.count, using: &random)
        return Dictionary(
            uniqueKeysWithValues: names[..<count].enumerated().map { index, name in
                (name, names[..<index].filter { _ in Int.random(in: 0..<3, using: &random) == 0 })
            })
    }

    private static func consequence(_ random: inout SeededGenerator) -> PluginLife.Consequence {
        [.endProgram, .giveUp, .retry].randomElement(using: &random) ?? .retry
    }

    private static func answer(to task: PluginLives.Task, _ random: inout SeededGenerator) -> PluginWorld.Answer {
        switch (task.action, Int.random(in: 0..<10, using: &random)) {
        case (.start, 0), (.stop, 0), (.stop, 1): .stuck(consequence(&random))
        case (.start, 1), (.start, 2): .bad(consequence(&random))
        case (.start, 3): .notMade(consequence(&random))
        default: .good
        }
    }

    @Test(
        "Any sequence of switches, failures and answers ends in the right state, each instance stopped once, never two at a time")
    func anySequence() {
        for seed in 0..<2_000 {
            var random = SeededGenerator(seed: UInt64(seed))
            var world = PluginWorld(requires: Self.requirements(&random))
            var generation = 1
            func choice(_ random: inout SeededGenerator) -> [PluginName: Int] {
                var wanted: [PluginName: Int] = [:]
                for name in world.requires.keys.sorted() where Int.random(in: 0..<4, using: &random) > 0 {
                    if Int.random(in: 0..<3, using: &random) == 0 { generation += 1 }
                    wanted[name] = max(world.wanted[name] ?? 0, generation)
                }
                return wanted
            }
            for _ in 0..<60 {
                if Int.random(in: 0..<4, using: &random) == 0 {
                    world.want(choice(&random))
                } else if let task = world.open.randomElement(using: &random) {
                    world.answer(task, Self.answer(to: task, &random))
                }
            }
            // Whoever was given up gets another chance by a new configuration.
            generation += 1
            world.want(choice(&random).mapValues { _ in generation })
            world.settle()
            #expect(world.complaints == [], "seed \(seed)")
            #expect(world.differences() == [], "seed \(seed)")
            world.want([:])
            world.settle()
            #expect(world.complaints == [] && world.differences() == [], "seed \(seed), at the end")
            #expect(world.lives.haveEnded)
        }
    }

    /// Answers everything well; returns what was asked for, in order.
    private func settle(_ world: inout PluginWorld) -> [PluginLives.Task] {
        var asked: [PluginLives.Task] = []
        while let task = world.open.first {
            asked.append(task)
            world.answer(task, .good)
        }
        return asked
    }

    @Test("Starts go along the requirements and stops against them")
    func order() {
        var world = PluginWorld(requires: ["a": [], "b": ["a"], "c": ["b"]])
        world.want(["a": 1, "b": 1, "c": 1])
        #expect(settle(&world).map(\.plugin) == ["a", "b", "c"])
        world.want([:])
        let stops = settle(&world).filter { if case .stop = $0.action { true } else { false } }
        #expect(stops.map(\.plugin) == ["c", "b", "a"])
    }

    @Test("New settings of one plugin concern nobody else, and its routes go last")
    func newSettings() {
        var world = PluginWorld(requires: ["a": [], "b": ["a"]])
        world.want(["a": 1, "b": 1])
        _ = settle(&world)
        world.want(["a": 2, "b": 1])
        #expect(world.lives["a"].isMounted)
        let asked = settle(&world)
        #expect(asked.allSatisfy { $0.plugin == "a" })
        #expect(asked.map(\.action) == [.drain(1), .close(1), .stop(1), .start(2)])
        #expect(world.differences() == [])
    }

    @Test("A plugin that is switched off loses its routes at once, before its work has ended")
    func routesFirst() {
        var world = PluginWorld(requires: ["a": []])
        world.want(["a": 1])
        _ = settle(&world)
        world.want([:])
        #expect(!world.lives["a"].isMounted && world.lives["a"].phase == .draining(1))
    }

    @Test("What requires a plugin that did not start waits, and begins when it runs after all")
    func waiting() {
        var world = PluginWorld(requires: ["a": [], "b": ["a"]])
        world.want(["a": 1, "b": 1])
        world.answer(world.open[0], .bad(.retry))
        world.answer(world.open[0], .good)
        #expect(world.lives["a"].phase == .pausing && world.lives["b"].phase == .waiting)
        #expect(world.lives.haveSettled(["a", "b"]))
        _ = settle(&world)
        #expect(world.differences() == [])
    }

    @Test("A start that never returns stops nobody else from ending, and is stopped if it returns after all")
    func stuckStart() {
        var world = PluginWorld(requires: ["a": [], "b": []])
        world.want(["a": 1, "b": 1])
        let start = PluginLives.Task(plugin: "a", action: .start(1))
        world.answer(start, .stuck(.giveUp))
        world.answer(.init(plugin: "b", action: .start(1)), .good)
        #expect(world.lives["b"].phase == .running(1) && world.lives["a"].isStuck && !world.lives.haveEnded)
        world.want([:])
        for action in [PluginLife.Action.drain(1), .close(1), .stop(1)] {
            world.answer(.init(plugin: "b", action: action), .good)
        }
        #expect(world.lives.haveEnded)
        world.answer(start, .good)
        #expect(world.open == [.init(plugin: "a", action: .stop(1))])
        _ = settle(&world)
        #expect(world.differences() == [])
    }

    @Test("A plugin whose stop never returned is not started again before it does")
    func stuckStop() {
        var world = PluginWorld(requires: ["a": []])
        world.want(["a": 1])
        _ = settle(&world)
        world.want([:])
        world.answer(world.open[0], .good)
        world.answer(world.open[0], .good)
        let stop = world.open[0]
        world.answer(stop, .stuck(.retry))
        world.want(["a": 2])
        #expect(world.open == [stop])
        world.answer(stop, .good)
        _ = settle(&world)
        #expect(world.differences() == [])
    }
}
