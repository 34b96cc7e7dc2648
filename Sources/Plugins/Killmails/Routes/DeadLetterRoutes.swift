import EVE
import Foundation
import KernelAPI

/// `/admin/killmails`: references that were given up.
struct DeadLetterRoutes {
    let letters: DeadLetters
    let cursors: any CursorSigner

    private static let scope = "killmails.failed"

    var routes: [Route] {
        [
            .get(
                "/admin/killmails/failed", "Killmails that could not be completed, the newest first", policy: .superadmin
            ) { (input: DeadLetterInput, _) in try await list(input) },
            .post(
                "/admin/killmails/{id}/requeue", "Try again to complete a killmail", policy: .superadmin, problems: [.notFound]
            ) { (input: KillmailInput, _: NoBody, request) in
                guard try await letters.requeue(KillmailID(input.id), by: request.actor) != nil else {
                    throw Problem.notFound("No killmail \(input.id) was given up.")
                }
                return Accepted(RequeuedItem(killmailID: input.id))
            },
        ]
    }

    private func list(_ input: DeadLetterInput) async throws -> Page<DeadLetterItem> {
        let before = try input.cursor.map { cursor in
            guard let id = Int64(try cursors.open(cursor, scope: Self.scope)) else {
                throw Problem.invalidRequest([
                    .init(pointer: "query/cursor", message: "cursor is of another version: start again")
                ])
            }
            return KillmailID(id)
        }
        let found = try await letters.list(before: before, limit: input.limit + 1)
        let page = found.prefix(input.limit)
        let next =
            found.count > input.limit
            ? page.last.map { cursors.seal(String($0.killmailID.rawValue), scope: Self.scope) } : nil
        return Page(items: page.map { DeadLetterItem(letter: $0) }, nextCursor: next)
    }
}

struct DeadLetterInput: RouteInput {
    let limit: Int
    let cursor: String?

    init(_ parameters: inout ParameterReader) {
        limit = parameters.integer("limit", default: 50, in: 1...100)
        cursor = parameters.text("cursor", maximumLength: 1024)
    }
}

struct KillmailInput: RouteInput {
    let id: Int64
    init(_ parameters: inout ParameterReader) { id = parameters.pathID("id") }
}

/// A reference that was given up.
struct DeadLetterItem: JSONRepresentable {
    let letter: DeadLetters.Letter

    static let json = JSONForm<DeadLetterItem>("FailedKillmail") { form in
        form.id("killmailId") { $0.letter.killmailID.rawValue }
        form.text("hash") { $0.letter.hash }
        form.integer("attempts") { $0.letter.attempts }
        form.text("lastError") { $0.letter.error }
        form.time("failedAt") { $0.letter.failedAt }
    }
}

/// What is asked for again.
struct RequeuedItem: JSONRepresentable {
    enum Status: String, CaseIterable { case pending }

    let killmailID: Int64

    static let json = JSONForm<RequeuedItem>("RequeuedKillmail") { form in
        form.id("killmailId") { $0.killmailID }
        form.choice("status") { _ in Status.pending }
    }
}
