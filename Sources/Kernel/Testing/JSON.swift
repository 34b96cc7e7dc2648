import Foundation

/// A parsed JSON document, as a test looks at an answer: `answer.json["items"][0]["id"].text`.
public enum JSON: Decodable, Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([JSON])
    case object([String: JSON])

    public init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(JSON.self, from: Data(bytes)) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// A member; ``null`` when there is none.
    public subscript(key: String) -> JSON {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    /// An element; ``null`` past the end.
    public subscript(index: Int) -> JSON { items.indices.contains(index) ? items[index] : .null }

    /// A list's elements; nothing for everything else.
    public var items: [JSON] { if case .list(let items) = self { items } else { [] } }
    public var text: String? { if case .string(let text) = self { text } else { nil } }
    public var number: Double? { if case .number(let number) = self { number } else { nil } }
    public var isTrue: Bool { self == .bool(true) }
    public var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
}
