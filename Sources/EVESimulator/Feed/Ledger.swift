import Foundation

/// The truth, one JSON object a line, written before a client can read what it is about.
///
/// A kill must be in the client's database if and only if some line about it has `"expected":true`.
public struct LedgerLine: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case kill, duplicate, hole, lie
        case nullPlaceholder = "null-placeholder"
        /// Before the first number; only history/ still knows it.
        case expired
    }

    public let sequence: Int64
    /// `nil` for numbers that have no killmail.
    public let killmailID: Int64?
    /// Seconds since 1970 of the machine's clock.
    public let publishedAt: Double
    /// When it can be read, if that is later.
    public let readableAt: Double?
    public let battle: String?
    public let kind: Kind
    public let scenario: Scenario?
    /// Seconds since 1970, simulated.
    public let killmailTime: Int64?
    public let hash: String?

    public var isExpected: Bool { kind == .kill || kind == .duplicate }

    /// Without the line feed.
    public var text: String {
        var value: JSONValue = [
            "sequence": .int(sequence), "killmailId": killmailID.map { .int($0) } ?? .null,
            "publishedAt": .string(Self.iso(publishedAt)), "battle": battle.map { .string($0) } ?? .null,
            "expected": .bool(isExpected), "kind": .string(kind.rawValue),
        ]
        if kind == .lie { value["lie"] = true }
        if let readableAt { value["readableAt"] = .string(Self.iso(readableAt)) }
        if let scenario { value["scenario"] = .string(scenario.rawValue) }
        if let killmailTime { value["killmailTime"] = .string(Timestamp.iso(killmailTime)) }
        if let hash { value["hash"] = .string(hash) }
        return value.text
    }

    private static func iso(_ seconds: Double) -> String {
        let milliseconds = Int64((seconds * 1000).rounded(.down))
        let part = String(milliseconds % 1000 + 1000).dropFirst()
        return Timestamp.iso(milliseconds / 1000).dropLast() + ".\(part)Z"
    }
}

/// The file of the ledger. Lines of one moment are written together and at once.
final class LedgerFile: Sendable {
    private let handle: FileHandle
    private let path: String

    init(path: String) throws(SimulatorError) {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path) else {
            throw .cannotWrite(file: path, reason: "cannot be created")
        }
        self.handle = handle
    }

    func write(_ lines: [LedgerLine]) throws(SimulatorError) {
        guard !lines.isEmpty else { return }
        var text = ""
        for line in lines { text += line.text + "\n" }
        do { try handle.write(contentsOf: Data(text.utf8)) } catch {
            throw .cannotWrite(file: path, reason: String(describing: error))
        }
    }
}
