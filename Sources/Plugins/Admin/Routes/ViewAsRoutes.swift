import Foundation
import KernelAPI

/// A superadmin looks with another's rights, reading only; audited, and `/me` says so.
struct ViewAsRoutes {
    let accounts: any AccountAdministration

    var routes: [Route] {
        [
            .post("/admin/view-as", "Look with another account's rights", policy: .superadmin, problems: [.notFound, .conflict]) {
                (_: NoInput, body: ViewAsBody, request) in
                WithHeaders(
                    NoContent(), try await accounts.view(as: body.accountID, by: request.account, actor: request.actor))
            },
            // Not for superadmins only: whoever looks with lower rights must find the way back.
            .delete("/admin/view-as", "Stop looking with another account's rights", policy: .ownSession, problems: [.conflict]) {
                (_: NoInput, request) in
                WithHeaders(NoContent(), try await accounts.endView(by: request.account, actor: request.actor))
            },
        ]
    }
}

struct ViewAsBody: RouteBody {
    let accountID: UUID

    init(_ body: inout BodyReader) { accountID = body.uuid("accountId") }
}
