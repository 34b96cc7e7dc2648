import Foundation
import KernelAPI
import KernelPostgres
import KernelRuntime
import Logging

/// The kernel with a plugin of a few routes, as a process of its own: `Benchmarks http-server DATABASE_URL`.
///
/// What the product's own routes do beyond this (who asks, what the database says) is not measured here.
enum HTTPServerProgram {
    static let name = "http-server"

    static func run(_ databaseURL: String) async throws {
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        var configuration = try PostgresConfiguration(url: databaseURL)
        configuration.maximumConnections = HTTPBenchmark.connections
        let database = PostgresDatabase(configuration: configuration, logger: logger)
        guard let listen = ListenAddress("127.0.0.1:0") else { throw BenchmarkError("no address") }
        var kernelConfiguration = Kernel.Configuration(listen: listen, migrates: true, version: "bench")
        // Limits so high that they are counted and never reached.
        var reader = SettingsReader { key, _ in
            key == "BATTLESCOPE_RATE_ADDRESS" ? .init(text: "100000", origin: "bench") : nil
        }
        kernelConfiguration.http = HTTPSettings(&reader)
        let kernel = try Kernel(
            configuration: kernelConfiguration, manifests: try ManifestSet(documents: [("bench.yaml", LoadPlugin.manifest)]),
            loader: PluginLoader(registry: [LoadPlugin.self], environment: EnvironmentLookup([:])), database: database,
            contracts: ContractRegistry(), logger: logger
        ) { port in Bench.write("listening on http://127.0.0.1:\(port)\n", to: .standardOutput) }
        try await kernel.run()
        await database.close()
    }
}

/// A list from memory, one from the database, and how much was allocated.
struct LoadPlugin: Plugin {
    static let name: PluginName = "load"
    static let manifest = """
        plugin: load
        module: Benchmarks
        contributes: { routes: [GET /load/list, GET /load/rows, GET /load/allocations] }
        """

    let contributions: Contributions

    init(configuration: NoConfiguration, host: PluginHost) throws {
        let database = host.database
        let start = Date(timeIntervalSince1970: 1_795_456_800)
        let kept = (1...20).map { LoadRow(id: Int64($0), name: "pilot number \($0)", value: Double($0) * 1.5, at: start) }
        contributions = Contributions(routes: [
            .get("/load/list", "Twenty rows from memory", policy: .open(because: "a measurement")) { (_: NoInput, _) in
                Page(items: kept, nextCursor: "next")
            },
            .get("/load/rows", "Twenty rows from the database", policy: .open(because: "a measurement")) {
                (input: LoadInput, _) in
                let rows = try await database.query(HTTPBenchmark.rows, Int32(7), input.after).map { try LoadRow($0) }
                return Page(items: rows, nextCursor: rows.last.map { String($0.id) })
            },
            .get("/load/allocations", "Allocations so far", policy: .open(because: "a measurement")) { (_: NoInput, _) in
                LoadCount(count: Allocations.count())
            },
        ])
    }
}

struct LoadInput: RouteInput {
    let after: Int64
    init(_ parameters: inout ParameterReader) { after = Int64(parameters.integer("after", default: 0, in: 0...1_000_000)) }
}

struct LoadRow: JSONRepresentable {
    let id: Int64
    let name: String
    let value: Double
    let at: Date

    init(id: Int64, name: String, value: Double, at: Date) {
        (self.id, self.name, self.value, self.at) = (id, name, value, at)
    }

    init(_ row: Row) throws {
        var columns = row.columns
        (id, name, value, at) = (try columns.next(), try columns.next(), try columns.next(), try columns.next())
    }

    static let json = JSONForm<LoadRow>("LoadRow") { form in
        form.id("id") { $0.id }
        form.text("name") { $0.name }
        form.integer("value") { Int($0.value) }
        form.time("at") { $0.at }
        form.text("system") { _ in "J123456" }
        form.integer("kills") { _ in 12 }
        form.boolean("open") { _ in false }
    }
}

struct LoadCount: JSONRepresentable {
    let count: Int?
    static let json = JSONForm<LoadCount>("LoadCount") { form in form.integer("count") { $0.count } }
}

/// jemalloc's count of allocations, where the process runs with it (LD_PRELOAD).
private enum Allocations {
    private typealias MallCtl =
        @convention(c) (
            UnsafePointer<CChar>, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?, UnsafeMutableRawPointer?, Int
        ) -> Int32

    static func count() -> Int? {
        guard let symbol = dlsym(nil, "mallctl") else { return nil }
        let mallctl = unsafeBitCast(symbol, to: MallCtl.self)
        // Statistics are those of the last epoch.
        var epoch: UInt64 = 1
        _ = mallctl("epoch", nil, nil, &epoch, MemoryLayout<UInt64>.size)
        func number(_ name: String) -> Int? {
            var value: UInt64 = 0
            var size = MemoryLayout<UInt64>.size
            return mallctl(name, &value, &size, nil, 0) == 0 ? Int(value) : nil
        }
        // 4096 stands for all arenas together.
        guard let small = number("stats.arenas.4096.small.nmalloc"), let large = number("stats.arenas.4096.large.nmalloc") else {
            return nil
        }
        return small + large
    }
}
