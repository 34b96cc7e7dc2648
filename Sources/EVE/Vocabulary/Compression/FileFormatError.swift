/// Why a file cannot be read.
public struct FileFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case notFound = "not_found"
        case unreadable
        case compression
        case truncated
        case tooLarge = "too_large"
        case notAnArchive = "not_an_archive"
        case missingMember = "missing_member"
        case malformed
    }

    public var code: Code
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { detail }
}
