/// The habits of this repository as functions from a file to what is wrong with it.
enum TidyRules {
    static let longestLine = 130
    static let longestFile = 400
    static let longestFunction = 70

    /// Calls that have no place in Sources, and why.
    static let bannedCalls: [(pattern: String, why: String)] = [
        (#"(^|[^\w.])print\("#, "programs write through FileHandle or a logger"),
        (#"\btry!"#, "errors are thrown or handled"),
        (#"\bas!"#, "a failed cast is an error, not a crash"),
        (#"\bfatalError\("#, "errors are thrown or handled"),
        (#"\bTask\.sleep\b|Clock\(\)\.sleep\b"#, "wait for events; clocks are parameters (allowed places: see sleepAllowed)"),
    ]

    /// Where sleeping is right, and why.
    static let sleepAllowed: [String: String] = [
        "Sources/Kernel/Runtime/EmbeddedServers/EmbeddedServer.swift": "another process can only be looked at",
        "Sources/Kernel/Runtime/EmbeddedServers/PostgresServer.swift": "another process can only be looked at",
        "Sources/Kernel/Runtime/EmbeddedServers/RedisServer.swift": "another process can only be looked at",
        "Sources/Kernel/Runtime/EmbeddedServers/ServerTenancy.swift": "flock has no asynchronous form",
        "Sources/Kernel/Runtime/EmbeddedServers/ServerTenancy+Watch.swift": "another process can only be looked at",
        "Sources/Kernel/Testing/Until.swift": "what only can be looked at is looked at again, without filling the pool",
        "Sources/EVESimulator/Simulator.swift": "kills are published when their time has come, and time only passes",
        "Sources/EVESimulator/Services/SimulatorResponder.swift": "a slow body is what this fault is",
    ]

    /// Statements that may read the database's clock, and why (decision: SQL has no now(), time is a parameter; leases excepted).
    static let databaseClockAllowed: [String: String] = [
        "Sources/Kernel/Runtime/Features/FleetStore.swift": "a pod's sign of life is a lease",
        "Sources/Kernel/Runtime/Scheduler/JobStore+Statements.swift": "all pods judge a run's lease by one clock",
    ]

    static func longLines(_ file: RepositoryTree.File) -> [String] {
        // Generated: paths are as long as they are.
        guard !file.path.hasSuffix("/SourceFile+Paths.swift") else { return [] }
        return file.lines.enumerated().filter { $0.element.count > longestLine }.map {
            "\(file.path):\($0.offset + 1): \($0.element.count) columns, at most \(longestLine)"
        }
    }

    static func longFile(_ file: RepositoryTree.File) -> [String] {
        // Nobody reads a generated table from top to bottom.
        if file.text.hasPrefix("// Made by scripts/") { return [] }
        let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
        return count > longestFile ? ["\(file.path): \(count) lines, at most \(longestFile)"] : []
    }

    /// From the line that says `func` or `init` to the one that closes its braces.
    static func longFunctions(_ file: RepositoryTree.File) -> [String] {
        var open: [(start: Int, depth: Int)] = []
        var awaitingBrace: Int?
        var depth = 0
        var violations: [String] = []
        for line in SwiftLines(file.text).lines {
            if line.code.contains(/(^|\s)(func\s+\S|(convenience |required )?init[?<(]|deinit\s*\{)/),
                !line.code.contains(/\.init\(/)
            {
                awaitingBrace = line.number
            }
            for character in line.code {
                if character == "{" {
                    if let start = awaitingBrace { open.append((start, depth)) }
                    awaitingBrace = nil
                    depth += 1
                } else if character == "}" {
                    depth -= 1
                    if let last = open.last, last.depth == depth {
                        open.removeLast()
                        let length = line.number - last.start + 1
                        if length > longestFunction {
                            violations.append(
                                "\(file.path):\(last.start): a function of \(length) lines, at most \(longestFunction)")
                        }
                    }
                }
            }
            // A requirement in a protocol has no braces.
            if line.code.allSatisfy(\.isWhitespace) { awaitingBrace = nil }
        }
        return violations
    }

    static func bannedCalls(_ file: RepositoryTree.File) throws -> [String] {
        var violations: [String] = []
        for (pattern, why) in bannedCalls {
            if pattern.contains("sleep"), sleepAllowed[file.path] != nil { continue }
            let regex = try Regex(pattern)
            for line in SwiftLines(file.text).lines where line.code.contains(regex) {
                violations.append("\(file.path):\(line.number): \(line.code.trimmingSpaces) (\(why))")
            }
        }
        return violations
    }

    /// `@unchecked Sendable` turns the compiler off; the sentence before it says why that is right.
    static func unjustifiedUnchecked(_ file: RepositoryTree.File) -> [String] {
        let lines = SwiftLines(file.text).lines
        return lines.indices.filter { index in
            lines[index].code.contains("@unchecked Sendable") && (index == 0 || lines[index - 1].comments.isEmpty)
        }.map { "\(file.path):\(lines[$0].number): @unchecked Sendable without a comment on the line before" }
    }

    static func unfinishedWork(_ file: RepositoryTree.File) -> [String] {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        return SwiftLines(file.text).lines.filter { line in words.contains { line.comments.contains($0) } }.map {
            "\(file.path):\($0.number): unfinished work: \($0.comments.trimmingSpaces)"
        }
    }

    static func databaseClock(_ file: RepositoryTree.File) -> [String] {
        guard databaseClockAllowed[file.path] == nil else { return [] }
        let call =
            /(?i)\b(now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)|\bcurrent_(timestamp|date|time)\b/
        return SwiftLines(file.text).lines.filter { $0.literals.contains(call) }.map {
            "\(file.path):\($0.number): the database's clock in SQL: \($0.literals.trimmingSpaces)"
        }
    }
}

extension String {
    var trimmingSpaces: String {
        String(drop(while: { $0.isWhitespace }).reversed().drop(while: { $0.isWhitespace }).reversed())
    }
}
