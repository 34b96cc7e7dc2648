import Foundation
import KernelAPI
import KernelTesting
import Testing

@Suite struct ViewAsRouteTests {
    private func body(_ person: Person) -> String { #"{"accountId":"\#(person.account.uuidString.lowercased())"}"# }

    @Test("A superadmin looks with another's rights, changes nothing, and goes back, each time under a new token")
    func view() async throws {
        try await AdminBench.run { bench in
            let looking = bench.superAdmin
            let own = looking.session
            let begun = await looking.post("/admin/view-as", body(bench.admin))
            #expect(begun.status == 204 && looking.session != own)
            #expect(begun.header("Set-Cookie")?.contains("HttpOnly; SameSite=Lax; Secure") == true)
            #expect(await looking.get("/me").json["displayName"].text == "Fleet admin")
            #expect(await looking.get("/me/profile").json["viewedBy"].text == bench.superAdmin.account.uuidString.lowercased())
            #expect(await looking.get("/admin/accounts").status == 200)
            #expect(await looking.get("/admin/plugins").status == 403)
            let change = await looking.post(bench.pilot.path + "/block", #"{"reason":"x"}"#)
            #expect(change.status == 403 && change.json["error"].text == "read_only_view")
            #expect(await looking.post("/admin/view-as", body(bench.pilot)).json["error"].text == "read_only_view")
            #expect(await looking.delete("/admin/view-as").status == 204)
            #expect(await looking.get("/admin/plugins").status == 200)
            let changes = try await bench.audit().filter { $0.hasPrefix("account.view") }
            #expect(
                changes == ["account.view.begun \(bench.admin.auditTarget)", "account.view.ended \(bench.admin.auditTarget)"])
            let log = await looking.get("/admin/audit-logs?action=account.view.ended").json["items"][0]
            #expect(log["actorId"].text == bench.superAdmin.account.uuidString.lowercased(), "not whose rights it was")
        }
    }

    @Test("Nobody looks as themselves, a superadmin or nobody; who is not looking has nothing to end")
    func refused() async throws {
        try await AdminBench.run { bench in
            let other = try await bench.kernel.person("Other superadmin", isSuperAdmin: true)
            let before = try await bench.everything()
            for person in [bench.superAdmin, other] {
                let answer = await bench.superAdmin.post("/admin/view-as", body(person))
                #expect(answer.status == 403 && answer.json["error"].text == "insufficient_role")
            }
            let nobody = await bench.superAdmin.post("/admin/view-as", #"{"accountId":"\#(UUID().uuidString)"}"#)
            #expect(nobody.status == 404)
            for bad in ["{}", #"{"accountId":"x"}"#, #"{"accountId":"\#(String(repeating: "z", count: 36))"}"#] {
                #expect(await bench.superAdmin.post("/admin/view-as", bad).status == 400)
            }
            let ended = await bench.superAdmin.delete("/admin/view-as")
            #expect(ended.status == 409 && ended.json["error"].text == "not_viewing")
            let after = try await bench.everything()
            #expect(after == before)
        }
    }
}
