import Foundation
import HTTPTypes
import KernelAPI

/// The mounted routes: an immutable value that answers which route a request is for.
///
/// Hummingbird's router answers 404 for a wrong method, has no HEAD, and leaves path parameters encoded; routes here
/// come and go with features, so the whole table is one value that is swapped.
struct RouteTable: Sendable {
    enum Match {
        case found(Route, parameters: [String: String])
        /// The path exists with other methods.
        case wrongMethod(allowed: [HTTPRequest.Method])
        case notFound
    }

    private struct Entry: Sendable {
        let segments: [Segment]
        let route: Route
    }

    fileprivate enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)
    }

    /// By number of segments; literals before parameters, so that `/killmails/recent` wins over `/killmails/{id}`.
    private let entries: [Int: [Entry]]

    init(_ routes: [Route]) {
        let all = routes.map { route in Entry(segments: Self.split(route.path).map(Self.segment), route: route) }
        entries = Dictionary(grouping: all) { $0.segments.count }.mapValues { group in
            group.sorted { $0.segments.count { $0.isParameter } < $1.segments.count { $0.isParameter } }
        }
    }

    func match(_ method: HTTPRequest.Method, path: Substring) -> Match {
        let segments = Self.split(path).map { $0.removingPercentEncoding }
        guard segments.allSatisfy({ $0 != nil }) else { return .notFound }
        let decoded = segments.compactMap(\.self)
        let wanted = method == .head ? .get : method
        var allowed: Set<String> = []
        for entry in entries[decoded.count] ?? [] {
            guard let parameters = Self.parameters(entry.segments, decoded) else { continue }
            if entry.route.method == wanted { return .found(entry.route, parameters: parameters) }
            allowed.insert(entry.route.method.rawValue)
        }
        guard !allowed.isEmpty else { return .notFound }
        if allowed.contains("GET") { allowed.insert("HEAD") }
        return .wrongMethod(allowed: allowed.sorted().compactMap { HTTPRequest.Method($0) })
    }

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
