/// `battlescope analyze` against the specification's pseudocode in Node: the whole program, from start to end.
enum AnalyzeBenchmark {
    static func measure(_ bench: Bench) async throws -> [Figure] {
        let input = try await bench.killmails()
        let ours = Program(bench.battlescope, ["analyze", "--killmails", input.path])
        let peer = Program("node", [bench.peer("analyze.mjs"), input.path])
        try await compare(input, peer, bench)
        let pairs = try await alternating(
            bench.repeats, ours: { try await ours.run().seconds }, peer: { try await peer.run().seconds })
        return [Figure("analyze \(input.count) killmails", pairs: pairs, unit: "s", aim: .atMost(0.5))]
    }

    /// Says whether both do the same work: with the same rule they should find nearly the same battles. (The peer knows
    /// neither NPC corporations nor instanced space.)
    private static func compare(_ input: Bench.Input, _ peer: Program, _ bench: Bench) async throws {
        let ours = try await Program(
            bench.battlescope, ["analyze", "--killmails", input.path, "--link-rule", "specification"]
        ).run().errors
        let battles = Bench.number(after: "killmails,", in: ours) ?? 0
        let theirs = Bench.number(after: "battles", in: try await peer.run().output) ?? 0
        bench.say("by the specification's rule: \(battles) battles here, \(theirs) there")
    }
}
