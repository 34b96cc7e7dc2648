import Foundation
import KernelAPI

struct OwnedInput: RouteInput {
    let id: UUID
    init(_ parameters: inout ParameterReader) { id = parameters.pathUUID("id") }
}

struct LinkBody: RouteBody {
    let wanted: WantedPath

    init(_ body: inout BodyReader) {
        wanted =
            body.optionalText("redirect", length: 1...WantedPath.longest, form: WantedPath.form).flatMap { WantedPath($0) }
            ?? .root
    }
}

struct ProfileBody: RouteBody {
    /// `nil` leaves it.
    let displayName: String?
    /// `nil` leaves it; `.some(nil)` removes it.
    let email: String??

    init(_ body: inout BodyReader) {
        displayName = body.optionalText("displayName", length: 1...64, form: DisplayName.form)
        let address = body.optionalText("email", length: 3...254, form: Self.address)
        email = body.contains("email") ? .some(address) : nil
    }

    /// Where mail could be sent to, in ASCII; whether it arrives, only mail can tell.
    static let address = TextForm(
        pattern: #"^[!-?A-~]+@[!-\-/-?A-~]+(\.[!-\-/-?A-~]+)+$"#, expected: "an e-mail address"
    ) { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && labels.allSatisfy { !$0.isEmpty }
    }
}

struct NewKeyBody: RouteBody {
    let name: String
    let features: [String]
    let days: Int

    init(_ body: inout BodyReader) {
        name = body.text("name", length: 1...64)
        features = body.texts("features", length: 1...64, count: 1...50)
        days = body.integer("expiresInDays", in: 1...APIKeys.longestDays)
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
