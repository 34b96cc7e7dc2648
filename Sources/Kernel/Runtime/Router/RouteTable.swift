import Foundation
import HTTPTypes
import KernelAPI

/// The mounted routes: an immutable value that answers which route a request is for.
///
/// Hummingbird's router answers 404 for a wrong method, has no HEAD, and leaves path parameters encoded; routes here
/// come and go with features, so the whole table is one value that is swapped.
struct RouteTable: Sendable {
    enum Match {
        case found(MountedRoute, parameters: [String: String])
        /// The path exists with other methods.
        case wrongMethod(allowed: [HTTPRequest.Method])
        case notFound
    }

    /// Every path can be asked for with this in front: the web app does so, to keep clear of its own pages.
    static let alias = "/api/"

    private struct Entry: Sendable {
        let segments: [Segment]
        let mounted: MountedRoute
    }

    fileprivate enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)
    }

    /// As given.
    let routes: [MountedRoute]
    /// Tells one published table from the next.
    var generation = 0
    /// By number of segments; literals before parameters, so that `/killmails/recent` wins over `/killmails/{id}`.
    private let entries: [Int: [Entry]]
    /// Paths without parameters, which need no splitting.
    private let literals: [Substring: [MountedRoute]]

    init(_ routes: [MountedRoute]) {
        self.routes = routes
        let all = routes.map { Entry(segments: Self.split($0.route.path).map(Self.segment), mounted: $0) }
        entries = Dictionary(grouping: all) { $0.segments.count }.mapValues { group in
            group.sorted { $0.segments.count { $0.isParameter } < $1.segments.count { $0.isParameter } }
        }
        literals = Dictionary(grouping: routes.filter { !$0.route.path.contains("{") }) { $0.route.path[...] }
    }

    func match(_ method: HTTPRequest.Method, path: Substring) -> Match {
        let wanted = method == .head ? .get : method
        let path = Self.isAliased(path) ? path.dropFirst(Self.alias.count - 1) : path
        if let mounted = literals[path]?.first(where: { $0.route.method == wanted }) { return .found(mounted, parameters: [:]) }
        let segments = Self.split(path).map { $0.removingPercentEncoding }
        guard segments.allSatisfy({ $0 != nil }) else { return .notFound }
        let decoded = segments.compactMap(\.self)
        var allowed: Set<String> = []
        for entry in entries[decoded.count] ?? [] {
            guard let parameters = Self.parameters(entry.segments, decoded) else { continue }
            if entry.mounted.route.method == wanted { return .found(entry.mounted, parameters: parameters) }
            allowed.insert(entry.mounted.route.method.rawValue)
        }
        guard !allowed.isEmpty else { return .notFound }
        if allowed.contains("GET") { allowed.insert("HEAD") }
        return .wrongMethod(allowed: allowed.sorted().compactMap { HTTPRequest.Method($0) })
    }

    static func isAliased(_ path: Substring) -> Bool { path.hasPrefix(alias) }

    private static func parameters(_ template: [Segment], _ path: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (segment, text) in zip(template, path) {
            switch segment {
            case .literal(let literal): if literal != text { return nil }
            case .parameter(let name): parameters[name] = text
            }
        }
        return parameters
    }

    private static func split(_ path: some StringProtocol) -> [String] {
        path.split(separator: Character("/"), omittingEmptySubsequences: true).map { String($0) }
    }

    private static func segment(_ text: String) -> Segment {
        text.hasPrefix("{") && text.hasSuffix("}") ? .parameter(String(text.dropFirst().dropLast())) : .literal(text)
    }
}

extension RouteTable.Segment {
    fileprivate var isParameter: Bool { if case .parameter = self { true } else { false } }
}
