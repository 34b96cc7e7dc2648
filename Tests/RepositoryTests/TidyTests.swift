import Testing

/// The repository checks its own habits (CONTRIBUTING.md).
@Suite struct TidyTests {
    static let sources = RepositoryTree.files(below: "Sources", extensions: ["swift"])
    static let tests = RepositoryTree.files(below: "Tests", extensions: ["swift"])
    static let benchmarks = RepositoryTree.files(below: "Benchmarks/Sources", extensions: ["swift"])
    static let all = sources + tests + benchmarks

    private func expectNone(_ violations: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for violation in violations { Issue.record("\(violation)", sourceLocation: sourceLocation) }
    }

    @Test("No line is longer than 130 columns")
    func lines() { expectNone(Self.all.flatMap(TidyRules.longLines)) }

    @Test("No file is longer than 400 lines")
    func files() { expectNone(Self.all.flatMap(TidyRules.longFile)) }

    @Test("No function is longer than 70 lines")
    func functions() { expectNone(Self.all.flatMap(TidyRules.longFunctions)) }

    @Test("No source prints, crashes, casts by force or sleeps")
    func calls() throws { expectNone(try Self.sources.flatMap(TidyRules.bannedCalls)) }

    @Test("Every @unchecked Sendable is justified by the line before")
    func unchecked() { expectNone(Self.sources.flatMap(TidyRules.unjustifiedUnchecked)) }

    @Test("Nothing is left unfinished")
    func unfinished() { expectNone(Self.all.flatMap(TidyRules.unfinishedWork)) }

    @Test("SQL takes the time as a parameter")
    func databaseClock() { expectNone(Self.sources.flatMap(TidyRules.databaseClock)) }

    @Test("No file only holds a place")
    func placeholders() {
        let empty = Self.all.filter { file in
            file.path.hasSuffix("/Placeholder.swift")
                || SwiftLines(file.text).lines.allSatisfy { $0.code.trimmingSpaces.isEmpty && $0.literals.isEmpty }
        }
        expectNone(empty.map { "\($0.path) holds nothing" })
    }

    @Test("Allow lists name files that exist and need them")
    func allowLists() {
        for path in TidyRules.sleepAllowed.keys.sorted() {
            let text = RepositoryTree.read(path) ?? ""
            #expect(text.contains("sleep("), "\(path) is allowed to sleep but does not")
        }
        for path in TidyRules.databaseClockAllowed.keys.sorted() {
            #expect(RepositoryTree.exists(path), "\(path) does not exist")
        }
    }
}
