import Testing

/// The rules see what they are to see.
@Suite struct TidyRulesTests {
    private func file(_ text: String) -> RepositoryTree.File { RepositoryTree.File(path: "Sample.swift", text: text) }

    @Test("Lengths are counted: 131 columns, 401 lines, a function of 71")
    func lengths() {
        #expect(TidyRules.longLines(file(String(repeating: "x", count: 130))).isEmpty)
        #expect(TidyRules.longLines(file(String(repeating: "x", count: 131))).count == 1)
        #expect(TidyRules.longFile(file(String(repeating: "x\n", count: 400))).isEmpty)
        #expect(TidyRules.longFile(file(String(repeating: "x\n", count: 401))).count == 1)
        let function = { (lines: Int) in "func f() -> Int {\n" + String(repeating: "    a { b }\n", count: lines - 2) + "}\n" }
        #expect(TidyRules.longFunctions(file(function(70))).isEmpty)
        #expect(TidyRules.longFunctions(file("struct S {\n" + function(71) + function(3) + "}")).count == 1)
    }

    @Test(
        "Banned calls are found in code",
        arguments: ["print(x)", "  try! f()", "x as! Y", "fatalError(\"\")", "try await Task.sleep(for: .seconds(1))"])
    func banned(line: String) throws {
        #expect(try TidyRules.bannedCalls(file(line)).count == 1)
    }

    @Test(
        "... and not in comments, literals and other names",
        arguments: ["// print(x)", "f(\"print(x)\")", "logger.print(x)", "sprint(1)"])
    func notBanned(line: String) throws {
        #expect(try TidyRules.bannedCalls(file(line)).isEmpty)
    }

    @Test("@unchecked Sendable needs a comment on the line before")
    func unchecked() {
        let claim = "final class C: @unchecked Sendable {}"
        #expect(TidyRules.unjustifiedUnchecked(file("import A\n" + claim)).count == 1)
        #expect(TidyRules.unjustifiedUnchecked(file("// guarded by the lock\n" + claim)).isEmpty)
    }

    @Test("The database's clock is found in literals, a Swift clock is not")
    func databaseClock() {
        #expect(TidyRules.databaseClock(file("let sql = \"SELECT now()\"")).count == 1)
        #expect(TidyRules.databaseClock(file("let sql = \"\"\"\n    DEFAULT CURRENT_TIMESTAMP\n    \"\"\"")).count == 1)
        #expect(TidyRules.databaseClock(file("let time = clock.now() // now()")).isEmpty)
    }

    @Test("Unfinished work is found in comments")
    func unfinished() {
        #expect(TidyRules.unfinishedWork(file("let a = 1 // TO" + "DO: more")).count == 1)
    }
}
