import Foundation
import KernelAPI

struct OwnedInput: RouteInput {
    let id: UUID
    init(_ parameters: inout ParameterReader) { id = parameters.pathUUID("id") }
}

struct LinkBody: RouteBody {
    let wanted: WantedPath

    init(_ body: inout BodyReader) {
        guard let text = body.optionalText("redirect", length: 1...WantedPath.longest) else {
            wanted = .root
            return
        }
        let path = WantedPath(text)
        if path == nil { body.fail("redirect", "must be a path of this server, such as /profile") }
        wanted = path ?? .root
    }
}

struct ProfileBody: RouteBody {
    /// `nil` leaves it.
    let displayName: String?
    /// `nil` leaves it; `.some(nil)` removes it.
    let email: String??

    init(_ body: inout BodyReader) {
        let name = body.optionalText("displayName", length: 1...64)
        let address = body.optionalText("email", length: 3...254)
        if let name, !DisplayName.isOne(name) { body.fail("displayName", DisplayName.expectation) }
        if let address, !Self.isAddress(address) { body.fail("email", "must be an e-mail address") }
        displayName = name
        email = body.contains("email") ? .some(address) : nil
    }

    /// Whether mail could be sent there; whether it arrives, only mail can tell.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
            && !parts[1].hasSuffix(".")
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && !$0.properties.isWhitespace }
    }
}

struct NewKeyBody: RouteBody {
    let name: String
    let features: [String]
    let days: Int

    init(_ body: inout BodyReader) {
        name = body.text("name", length: 1...64)
        features = body.texts("features", length: 1...64, atMost: 50)
        days = body.integer("expiresInDays", in: 1...APIKeys.longestDays)
        if features.isEmpty { body.fail("features", "must name at least one feature") }
    }
}

struct MyAuditInput: RouteInput {
    let limit: Int
    let cursor: String?

    init(_ parameters: inout ParameterReader) {
        limit = parameters.integer("limit", default: 50, in: 1...100)
        cursor = parameters.text("cursor", maximumLength: 1024)
    }
}
