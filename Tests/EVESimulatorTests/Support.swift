import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1

@testable import EVESimulator

/// 2026-11-20T18:00:00Z, an arbitrary evening.
let evening: Int64 = 1_795_197_600

/// A client of a running simulator. Before each request it moves the clock by as much as the house rules demand.
struct TestClient: Sendable {
    let running: Simulator.Running
    let clock: ManualSimulatorClock
    /// Follows no redirects and unpacks nothing.
    let http: HTTPClient

    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue? { try? JSONParser.parse(bytes) }
    }

    func send(
        _ path: String, method: String = "GET", headers: [(String, String)] = [("User-Agent", "tests/1 (tests@example.com)")],
        body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: running.baseURL + path)
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await http.execute(request, timeout: .seconds(20))
        let content = try await response.body.collect(upTo: 1 << 24)
        var fields: [String: String] = [:]
        for header in response.headers { fields[header.name.lowercased()] = header.value }
        return Answer(status: Int(response.status.code), headers: fields, bytes: Array(content.readableBytesView))
    }

    /// Asks as a polite client: 0.1 s after the last request, 6 s after a 404.
    func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        clock.advance(by: 0.1)
        let answer = try await send(path, headers: [("User-Agent", "tests/1 (tests@example.com)")] + headers)
        if answer.status == 404 { clock.advance(by: 6.5) }
        return answer
    }

    func number(_ sequence: Int64, headers: [(String, String)] = []) async throws -> Answer {
        try await get("/r2z2/ephemeral/\(sequence).json", headers: headers)
    }

    func announced() async throws -> Int64? { try await get("/r2z2/ephemeral/sequence.json").json?["sequence"]?.int }

    func post(_ path: String, _ body: String) async throws -> Answer {
        clock.advance(by: 0.1)
        return try await send(path, method: "POST", body: body)
    }
}

/// Runs a simulator of its own: `kills` invented ones at once, on a free port, at a fixed time.
func withSimulator<Result: Sendable>(
    kills: Int = 60, faults: FaultPlan = .none, configure: (inout SimulatorConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (TestClient) async throws -> Result
) async throws -> Result {
    let clock = ManualSimulatorClock(now: Double(evening))
    var configuration = SimulatorConfiguration()
    configuration.port = 0
    configuration.speed = .max
    configuration.kills = kills
    configuration.faults = faults
    configuration.clock = clock
    configure(&configuration)
    let simulator = try Simulator(configuration, logger: Logger(label: "tests"))
    return try await simulator.run { running in
        let http = HTTPClient(configuration: .init(redirectConfiguration: .disallow))
        do {
            let result = try await body(TestClient(running: running, clock: clock, http: http))
            try await http.shutdown()
            return result
        } catch {
            try await http.shutdown()
            throw error
        }
    }
}

/// A path in the temporary folder that nobody else uses; removed by `body`'s end.
func withTemporaryFile<Result>(_ content: String? = nil, _ body: (String) async throws -> Result) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("simulator-\(UUID().uuidString)").path
    if let content { try content.write(toFile: path, atomically: true, encoding: .utf8) }
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

func ledgerLines(_ path: String) throws -> [JSONValue] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { try JSONParser.parse($0.utf8) }
}
