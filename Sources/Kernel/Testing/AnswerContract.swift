package import HTTPTypes
import KernelAPI
package import KernelRuntime
import Synchronization

/// Compares every answer that a test gets with what its route declares, and keeps what differs: each test of a route is a
/// test of its schema.
package final class AnswerContract: Sendable {
    private let found = Mutex<[String]>([])

    package init() {}

    package var complaints: [String] { found.withLock { $0 } }

    package func check(_ answer: TestAnswer, of mounted: MountedRoute, method: HTTPRequest.Method) {
        let news = Self.complaints(answer, mounted, method).map { "\(mounted.route.label) \(answer.status): \($0)" }
        found.withLock { if $0.count < 20 { $0 += news } }
    }

    private static func complaints(_ answer: TestAnswer, _ mounted: MountedRoute, _ method: HTTPRequest.Method) -> [String] {
        let declared = mounted.answers.filter { $0.status.code == answer.status }
        if answer.status >= 400, declared.isEmpty {
            // What any malformed message gets stands under `default`.
            let known = mounted.problemStatuses + [405, 408, 413, 414, 415, 431]
            guard known.contains(answer.status) else { return ["the route does not declare this problem."] }
            let isProblem = answer.header("Content-Type") == "application/problem+json" && answer.json["error"].text != nil
            return isProblem ? [] : ["the answer is no problem (RFC 9457)."]
        }
        guard !declared.isEmpty else { return ["the route does not declare this status."] }
        let type = answer.header("Content-Type")
        guard let own = declared.first(where: { $0.contentType == type }) else {
            let isProblem = answer.status >= 400 && type == "application/problem+json"
            return isProblem ? [] : ["the route declares no \(type ?? "answer without a body")."]
        }
        guard let schema = own.schema, type == "application/json", method != .head, answer.header("Content-Encoding") == nil
        else { return [] }
        return SchemaContract.complaints(about: answer.json, schema: schema)
    }
}

/// Answers that were not what their routes declare.
public struct AnswerBreach: Error, CustomStringConvertible {
    public let complaints: [String]
    public var description: String { complaints.joined(separator: "\n") }
}
