import ArgumentParser
import EVESimulator
import Foundation
import Logging

@main
struct EVESimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eve-simulator",
        abstract: "R2Z2, ESI, single sign-on, static data export and image server of EVE Online, on this machine.",
        discussion: """
            Serves an invented universe in which fleets fight, gates are camped and structures burn, or replays recorded \
            killmails. Nothing is sent to the real services.

              /r2z2    zKillboard's feed: ephemeral/sequence.json, ephemeral/<n>.json, history/
              /esi     CCP's API: killmails, universe/names, universe/ids, characters, status, meta
              /sso     EVE's single sign-on: choose a character at /sso/v2/oauth/authorize; /sso/characters lists them
              /sde     static data of the invented universe: latest.jsonl, *.jsonl, the zip archive
              /images  logos, portraits, icons

            The limits of the services are enforced: more than 15 requests a second, a request within 6 s of a 404, or no \
            User-Agent, and R2Z2 answers 403.

            EXAMPLES
              eve-simulator                                  an invented universe, live, two hours of history
              eve-simulator --speed max --kills 20000        20,000 invented kills at once
              eve-simulator --replay war.ndjson.gz --names names.json --speed max --ledger truth.ndjson
              eve-simulator --faults all --time-scale 0.01   everything that can go wrong, a hundred times faster
              eve-simulator --faults reorder,hole=0.2        two faults, one of them often

            FAULTS
            \(Fault.allCases.map { "  \($0.rawValue.padding(toLength: 22, withPad: " ", startingAt: 0))\($0.summary)" }
                .joined(separator: "\n"))

            EXIT CODES
              0 ended by SIGTERM or SIGINT; 64 wrong usage; 69 the address is taken; 78 a file cannot be read or written
            """)

    @Option(help: ArgumentHelp("Address and port; port 0 takes a free one, which is printed.", valueName: "host:port"))
    var listen = "127.0.0.1:8090"

    @Option(help: "The universe, its kills and its faults are the same for the same seed.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Serve recorded killmails: NDJSON in ESI's fields, gzipped or not.", valueName: "file"))
    var replay: String?

    @Option(help: ArgumentHelp("Names for a replay: a JSON array of {category, id, name}.", valueName: "file"))
    var names: String?

    @Option(help: ArgumentHelp("How many times faster than the clock, or max: everything at once.", valueName: "n|max"))
    var speed = "1"

    @Option(help: ArgumentHelp("Faults, separated by commas: all, none, NAME, NAME=SHARE.", valueName: "list"))
    var faults = "none"

    @Option(help: ArgumentHelp("Write what was published, when, and to which battle it belongs.", valueName: "file"))
    var ledger: String?

    @Option(
        help: ArgumentHelp(
            "Scales limits and durations of the services; the same as the client's BATTLESCOPE_OUTSIDE_TIME_SCALE.",
            valueName: "factor"))
    var timeScale = 1.0

    @Option(help: "Invented kills a simulated day.")
    var rate = 40_000.0

    @Option(help: "Hours of history that are there at the start.")
    var backlogHours = 2.0

    @Option(help: "End after so many invented kills (with --speed max: 5000 unless given).")
    var kills: Int?

    @Option(help: ArgumentHelp("Simulated time at the start, such as 2026-11-20T18:00:00Z; now unless given.", valueName: "time"))
    var start: String?

    @Option(help: "Number of the first killmail; by default it grows with the time of the start.")
    var firstSequence: Int64?

    @Option(help: "Killmails that stay readable; the oldest expire first.")
    var keep = 40_000

    @Option(help: "How long R2Z2 refuses a client that broke a rule (before scaling).")
    var banSeconds = 600.0

    @Option(help: "The secret of every confidential client of the single sign-on.")
    var ssoSecret = "simulated-secret"

    @Option(help: "trace, debug, info, notice, warning, error or critical; logs go to standard error.")
    var logLevel = "info"

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        var logger = Logger(label: "eve-simulator") { StreamLogHandler.standardError(label: $0) }
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError("--log-level: unknown level \(logLevel)")
        }
        logger.logLevel = level
        do {
            let simulator = try Simulator(try configuration(), logger: logger)
            try await simulator.runUntilSignalled { running in Self.announce(running) }
        } catch let error as SimulatorError {
            FileHandle.standardError.write(Data("eve-simulator: \(error)\n".utf8))
            throw ExitCode(Self.exitCode(error))
        }
    }

    private func configuration() throws -> SimulatorConfiguration {
        var configuration = SimulatorConfiguration()
        (configuration.host, configuration.port) = try Self.address(listen)
        configuration.seed = seed
        if let replay { configuration.source = .replay(file: replay, names: names) }
        guard replay != nil || names == nil else { throw ValidationError("--names belongs to --replay") }
        if speed == "max" {
            configuration.speed = .max
        } else {
            guard let times = Double(speed), times > 0, times.isFinite else {
                throw ValidationError("--speed: a number above 0, or max, not \(speed)")
            }
            configuration.speed = .times(times)
        }
        configuration.faults = try FaultPlan(parsing: faults)
        configuration.ledger = ledger
        configuration.timeScale = timeScale
        configuration.rate = rate
        configuration.backlogSeconds = Int64(backlogHours * 3600)
        configuration.kills = kills
        configuration.firstSequence = firstSequence
        configuration.keep = keep
        configuration.banSeconds = banSeconds
        configuration.ssoClientSecret = ssoSecret
        if let start {
            guard let date = try? Date(start, strategy: .iso8601) else { throw ValidationError("--start: no time: \(start)") }
            configuration.start = Int64(date.timeIntervalSince1970)
        }
        guard rate > 0, backlogHours >= 0, keep > 0, banSeconds >= 0, kills.map({ $0 > 0 }) ?? true else {
            throw ValidationError(
                "--rate, --backlog-hours, --keep, --kills and --ban-seconds are not negative, and there must be kills")
        }
        return configuration
    }

    private static func address(_ text: String) throws -> (String, Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port)
        else {
            throw ValidationError("--listen: an address with a port such as 127.0.0.1:8090, not \(text)")
        }
        return (text[..<colon].trimmingCharacters(in: ["[", "]"]), port)
    }

    private static func announce(_ running: Simulator.Running) {
        let configuration = running.simulator.configuration
        let counters = running.simulator.counters
        let source =
            switch configuration.source {
            case .universe: "seed \(configuration.seed)"
            case .replay(let file, _): "replay of \(file)"
            }
        let speed =
            switch configuration.speed {
            case .max: "max"
            case .times(let times): times == times.rounded() ? "\(Int(times))" : "\(times)"
            }
        let facts = [
            source, "speed \(speed)", "\(counters.publishedKills) kills published from number \(running.simulator.firstSequence)",
            "\(configuration.faults.rates.count) faults", "time scale \(configuration.timeScale)",
        ]
        FileHandle.standardOutput.write(
            Data("eve-simulator listening on \(running.baseURL) (\(facts.joined(separator: ", ")))\n".utf8))
    }

    private static func exitCode(_ error: SimulatorError) -> Int32 {
        switch error {
        case .addressInUse, .cannotListen: 69
        case .badRecording, .cannotRead, .cannotWrite: 78
        case .badConfiguration: 64
        }
    }
}
