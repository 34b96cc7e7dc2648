import Foundation
import KernelAPI

/// A URL's query, percent-encoded as forms do it.
enum QueryString {
    /// More pairs than any route takes; a longer query is refused.
    static let maximumPairs = 200

    static func decode(_ text: Substring) throws -> [(name: String, value: String)] {
        let pairs = text.split(separator: "&", omittingEmptySubsequences: true)
        guard pairs.count <= maximumPairs else { throw invalid("the query has more than \(maximumPairs) parameters") }
        return try pairs.map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = unescape(parts[0]), let value = unescape(parts.count > 1 ? parts[1] : "") else {
                throw invalid("the query is not valid percent-encoding")
            }
            return (name, value)
        }
    }

    private static func unescape(_ text: Substring) -> String? { text.replacing("+", with: " ").removingPercentEncoding }

    private static func invalid(_ message: String) -> Problem {
        Problem.invalidRequest([.init(pointer: "query", message: message)])
    }
}
