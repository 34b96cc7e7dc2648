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
        for name in repeated(contributions.workers.map(\.name)) {
            problems.append("\(manifest.file): \(manifest.plugin) contributes two workers named \(name).")
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
