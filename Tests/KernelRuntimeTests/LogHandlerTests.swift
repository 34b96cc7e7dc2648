import Foundation
import KernelAPI
import Logging
import Testing

@testable import KernelRuntime

@Suite struct LogHandlerTests {
    private struct Noon: WallClock { var now: Date { Date(timeIntervalSince1970: 1_795_435_200.25) } }

    private let lines = Record<String>()

    private func json(_ provider: Logger.MetadataProvider? = nil) -> Logger {
        let lines = lines
        var logger = Logger(label: "test") { _ in
            var handler = JSONLogHandler(clock: Noon()) { lines.add(String(decoding: $0, as: UTF8.self)) }
            handler.metadataProvider = provider
            return handler
        }
        logger.logLevel = .trace
        return logger
    }

    private func text() -> Logger {
        let lines = lines
        return Logger(label: "test") { _ in TextLogHandler(clock: Noon()) { lines.add(String(decoding: $0, as: UTF8.self)) } }
    }

    private func last() throws -> [String: Any] {
        let line = try #require(lines.all.last)
        #expect(line.hasSuffix("\n") && line.count { $0 == "\n" } == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test("A line is one JSON object in Pino's shape, with the file from the project's root")
    func shape() throws {
        json().info(
            "stored", metadata: ["killmailId": "7"], file: "Killmails/KillmailsPlugin.swift", function: "step()", line: 1)
        let line = try last()
        #expect(line["level"] as? Int == 30 && line["time"] as? Int == 1_795_435_200_250)
        #expect(line["pid"] as? Int32 == ProcessInfo.processInfo.processIdentifier)
        #expect(line["hostname"] as? String == ProcessInfo.processInfo.hostName)
        #expect(line["file"] as? String == "Sources/Plugins/Killmails/KillmailsPlugin.swift")
        #expect(line["package"] as? String == "killmails" && line["caller"] as? String == "step()")
        #expect(line["msg"] as? String == "stored" && line["killmailId"] as? String == "7")
    }

    @Test("swift-log's levels have Pino's numbers")
    func levels() throws {
        for (level, number) in zip(Logger.Level.allCases, [10, 20, 30, 30, 40, 50, 60]) {
            json().log(level: level, "x")
            #expect(try last()["level"] as? Int == number)
        }
    }

    @Test("The line's metadata wins over the logger's, the logger's over the provider's")
    func order() throws {
        var logger = json(.init { ["a": "provider", "b": "provider", "c": "provider"] })
        logger[metadataKey: "b"] = "logger"
        logger[metadataKey: "a"] = "logger"
        logger.info("x", metadata: ["a": "line"])
        let line = try last()
        #expect(["a", "b", "c"].map { line[$0] as? String } == ["line", "logger", "provider"])
    }

    @Test("Control characters make neither a second line nor broken JSON, and no context replaces a field of the line")
    func hostile() throws {
        json().info("a\nb\u{0}\u{1b}[31m", metadata: ["k\n\"": "v\r\n", "msg": "mine", "level": "99"])
        let line = try last()
        #expect(line["msg"] as? String == "a\nb\u{0}\u{1b}[31m" && line["k\n\""] as? String == "v\r\n")
        #expect(line["level"] as? Int == 30 && line["msg_"] as? String == "mine" && line["level_"] as? String == "99")
    }

    @Test("A text line is one line for people, without control characters")
    func textLines() {
        text().warning("it\nbroke \u{1b}[31m", metadata: ["b": "2", "a": "1\r"], file: "EVE/KillmailDecoder.swift")
        #expect(lines.all == ["12:00:00 warning eve: it\\nbroke \\u{1B}[31m  a=1\\r  b=2\n"])
        text().debug("not shown")
        #expect(lines.all.count == 1)
    }

    @Test("Files map to path and package; what is not ours keeps its module")
    func sources() {
        func source(_ fileID: String) -> [String] {
            let source = SourceFile(fileID: fileID, module: "NIOPosix")
            return [source.path, source.package]
        }
        #expect(source("NIOPosix/Selector.swift") == ["NIOPosix/Selector.swift", "NIOPosix"])
        #expect(source("KernelRuntime/Kernel.swift") == ["Sources/Kernel/Runtime/Kernel.swift", "kernel"])
        #expect(source("BattleReports/BattleRoutes.swift")[1] == "battle-reports")
        #expect(source("BattleScope/ServeCommand.swift")[1] == "battlescope")
        #expect(source("EVESimulator/Simulator.swift")[1] == "eve-simulator")
    }
}
