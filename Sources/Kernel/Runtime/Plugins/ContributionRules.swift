import HTTPTypes
import KernelAPI

/// What no manifest can make right: names that are used twice, and migrations out of order.
enum ContributionRules {
    /// The kernel's own routes.
    private static let reservedRoutes: [String: String] = [
        "GET /livez": "the kernel", "GET /healthz": "the kernel", "GET /openapi": "the kernel", "GET /openapi.json": "the kernel",
    ]

    /// What is wrong within one plugin.
    static func problems(_ manifest: Manifest, _ contributions: Contributions) -> [String] {
        var problems: [String] = []
        let work =
            contributions.workers.map(\.name) + contributions.jobs.map(\.name) + contributions.consumers.map(\.name)
        for name in repeated(work) {
            problems.append(
                "\(manifest.file): \(manifest.plugin) contributes two workers, jobs or consumers named \(name).")
        }
        var previous = ""
        for migration in contributions.migrations {
            if migration.name.wholeMatch(of: /m[0-9]{4}_[a-z0-9_]+/) == nil {
                problems.append(
                    "\(manifest.file): migration \(migration.name) of \(manifest.plugin) is not named like m0001_killmails.")
            } else if migration.name <= previous {
                problems.append(
                    "\(manifest.file): migration \(migration.name) of \(manifest.plugin) comes after \(previous): names must "
                        + "sort in the order of application, each once.")
            }
            previous = max(previous, migration.name)
        }
        return problems
    }

    /// What the manifest lists and the plugin contributes must be the same.
    static func differences(_ manifest: Manifest, _ contributions: Contributions) -> [String] {
        let listed = manifest.contributes
        var found: [String] = []
        func compare(_ kind: String, _ listed: Set<String>, _ real: some Sequence<String>) {
            let real = Set(real)
            for name in real.subtracting(listed).sorted() {
                found.append("\(manifest.file): contributes.\(kind) lacks \(name), which \(manifest.plugin) contributes.")
            }
            for name in listed.subtracting(real).sorted() {
                found.append("\(manifest.file): contributes.\(kind) lists \(name), which \(manifest.plugin) does not contribute.")
            }
        }
        compare("routes", listed.routes, contributions.routes.map(\.label))
        compare("workers", listed.workers, contributions.workers.map(\.name))
        compare("jobs", listed.jobs, contributions.jobs.map(\.name))
        compare("consumers", listed.consumers, contributions.consumers.map(\.name))
        compare("topics", listed.topics, contributions.topics.map(\.rawValue))
        compare(
            "migrations", Set(listed.migrations.map { [$0] } ?? []),
            contributions.migrations.isEmpty ? [] : [manifest.plugin.rawValue])
        let work = Set(contributions.workers.map(\.name) + contributions.jobs.map(\.name) + contributions.consumers.map(\.name))
        for name in (manifest.serve.workers ?? []).subtracting(work).sorted() {
            let hint = name.nearest(in: work).map { ". Did you mean \($0)?" } ?? "."
            found.append("\(manifest.file): serve.workers names \(name), which \(manifest.plugin) does not contribute\(hint)")
        }
        return found
    }

    /// Routes that several plugins contribute, or one of them twice. Parameters' names make no difference.
    static func conflicts(_ plugins: [LoadedPlugin]) -> [String] {
        var owners = reservedRoutes
        var problems: [String] = []
        for plugin in plugins {
            for route in plugin.contributions.routes {
                let shape = "\(route.method.rawValue) \(route.path.replacing(/\{[^}]*\}/, with: "{}"))"
                if let owner = owners[shape] {
                    problems.append(
                        "\(plugin.manifest.file): \(plugin.name) contributes \(route.method.rawValue) \(route.path), "
                            + "which \(owner) has already.")
                } else {
                    owners[shape] = plugin.name.rawValue
                }
            }
        }
        return problems
    }

    private static func repeated(_ names: [String]) -> [String] {
        Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
    }
}
