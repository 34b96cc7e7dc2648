import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

@Suite struct AccountRouteTests {
    @Test("An account is shown with roles, characters and sessions, the newest account first")
    func accounts() async throws {
        try await AdminBench.run { bench in
            bench.kernel.clock.advance(by: .seconds(1))
            let newest = try await bench.kernel.person("Newest", roles: ["wars": .director, "fleets": .fc], alliance: 99_000_001)
            let answer = await bench.admin.get("/admin/accounts")
            #expect(answer.status == 200)
            let items = answer.json["items"].items
            #expect(items.count == 4 && items[0]["id"].text == newest.account.uuidString.lowercased())
            let one = await bench.admin.get(newest.path).json
            #expect(one == items[0])
            #expect(one["displayName"].text == "Newest" && one["activeSessions"].number == 1)
            #expect(one["isSuperAdmin"] == .bool(false) && one["isBlocked"] == .bool(false) && one["blockedReason"] == .null)
            #expect(one["featureRoles"].items.map { $0["featureKey"].text } == ["fleets", "wars"])
            #expect(one["featureRoles"][1]["roleKey"].text == "director" && one["featureRoles"][1]["roleRank"].number == 30)
            let character = one["characters"][0]
            #expect(character["eveCharacterId"].text == String(newest.eveCharacterID) && character["isPrimary"].isTrue)
            #expect(character["corpId"].text == "98000001" && character["allianceId"].text == "99000001")
            #expect(answer.header("Cache-Control")?.contains("no-store") == true)
        }
    }

    @Test("The list is filtered by name, status, feature and role")
    func filters() async throws {
        try await AdminBench.run { bench in
            _ = try await bench.kernel.person("Blocked 100%", isBlocked: true)
            _ = try await bench.kernel.person("War director", roles: ["wars": .director])
            func names(_ query: String) async -> [String] {
                let answer = await bench.superAdmin.get("/admin/accounts?\(query)")
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json["items"].items.compactMap { $0["displayName"].text }.sorted()
            }
            #expect(await names("query=ADMIN") == ["Fleet admin", "Superadmin"])
            #expect(await names("query=100%25") == ["Blocked 100%"])
            #expect(await names("query=_") == [])
            #expect(await names("status=blocked") == ["Blocked 100%"])
            #expect(await names("status=active").count == 4)
            #expect(await names("feature=wars") == ["War director"])
            #expect(await names("feature=wars&role=director") == ["War director"])
            #expect(await names("feature=wars&role=admin") == [])
            #expect(await names("feature=nothing") == [])
        }
    }

    @Test("Pages hold everybody once, also those who came at the same moment; a cursor is good for its list only")
    func pages() async throws {
        try await AdminBench.run { bench in
            for number in 0..<9 {
                if number > 4 { bench.kernel.clock.advance(by: .microseconds(1)) }
                _ = try await bench.kernel.person("Pilot \(number)")
            }
            var (seen, cursor): ([String], String?) = ([], "")
            while let now = cursor {
                let answer = await bench.superAdmin.get(
                    "/admin/accounts?query=pilot&limit=3" + (now.isEmpty ? "" : "&cursor=\(now)"))
                #expect(answer.status == 200, "\(answer.text)")
                seen += answer.json["items"].items.compactMap { $0["id"].text }
                cursor = answer.json["nextCursor"].text
                #expect(answer.json["hasMore"].isTrue == (cursor != nil))
                try #require(seen.count < 20)
            }
            #expect(seen.count == 10 && Set(seen).count == 10)
            let page = await bench.superAdmin.get("/admin/accounts?query=pilot&limit=3")
            let foreign = try #require(page.json["nextCursor"].text)
            for query in ["limit=3&cursor=\(foreign)", "query=pilot&cursor=x", "query=pilot&cursor=\(foreign)x"] {
                let answer = await bench.superAdmin.get("/admin/accounts?\(query)")
                #expect(answer.status == 400 && answer.json["errors"][0]["pointer"].text == "query/cursor", "\(query)")
            }
        }
    }

    @Test(
        "What is no filter is refused by name",
        arguments: [
            ("status=gone", "query/status"), ("role=fc", "query/role"), ("role=king&feature=wars", "query/role"),
            ("limit=0", "query/limit"), ("limit=101", "query/limit"), ("nmae=x", "query/nmae"),
            ("query=\(String(repeating: "a", count: 65))", "query/query"),
        ])
    func badFilters(_ query: String, _ pointer: String) async throws {
        try await AdminBench.run { bench in
            let answer = await bench.superAdmin.get("/admin/accounts?\(query)")
            #expect(answer.status == 400)
            #expect(answer.json["errors"].items.compactMap { $0["pointer"].text } == [pointer])
        }
    }

    @Test("What is no account, or no account any more, is told so")
    func unknown() async throws {
        try await AdminBench.run { bench in
            let nobody = "/admin/accounts/\(UUID().uuidString.lowercased())"
            let gets = await [bench.superAdmin.get(nobody), bench.superAdmin.get(nobody + "/access")]
            let changes = await [
                bench.superAdmin.patch(nobody, #"{"displayName":"x"}"#),
                bench.superAdmin.post(nobody + "/block", #"{"reason":"x"}"#),
                bench.superAdmin.post(nobody + "/unblock"), bench.superAdmin.delete(nobody),
                bench.superAdmin.put(nobody + "/feature-roles", #"{"featureKey":"fleets","roleKey":"fc"}"#),
                bench.superAdmin.delete(nobody + "/feature-roles/fleets"), bench.superAdmin.post(nobody + "/superadmin"),
                bench.superAdmin.delete(nobody + "/superadmin"),
            ]
            for answer in gets + changes { #expect(answer.status == 404 && answer.json["error"].text == "not_found") }
            #expect(await bench.superAdmin.get("/admin/accounts/42").status == 400)
            let audit = try await bench.audit()
            #expect(audit.isEmpty)
        }
    }

    @Test("An admin renames somebody")
    func rename() async throws {
        try await AdminBench.run { bench in
            let answer = await bench.admin.patch(bench.pilot.path, #"{"displayName":"Höðr"}"#)
            #expect(answer.status == 200 && answer.json["displayName"].text == "Höðr")
            #expect(await bench.pilot.get("/me").json["displayName"].text == "Höðr")
            // The same name again is no change.
            #expect(await bench.admin.patch(bench.pilot.path, #"{"displayName":"Höðr"}"#).status == 200)
            let audit = try await bench.audit()
            #expect(audit == ["settings.updated \(bench.pilot.auditTarget)"])
            #expect(
                await bench.admin.patch(bench.superAdmin.path, #"{"displayName":"x"}"#).json["error"].text == "insufficient_role")
        }
    }

    @Test(
        "A body that is none is refused, and nothing happens",
        arguments: [
            #"{}"#, #"{"displayName":""}"#, #"{"displayName":null}"#, #"{"displayName":7}"#, #"{"displayName":" "}"#,
            #"{"displayName":"a\u0000b"}"#, #"{"displayName":"a\nb"}"#, #"{"displayName":"a","isSuperAdmin":true}"#, #"[]"#,
            #"{"#,
            #"{"displayName":"\#(String(repeating: "a", count: 65))"}"#,
        ])
    func badNames(_ body: String) async throws {
        try await AdminBench.run { bench in
            let before = try await bench.everything()
            let answer = await bench.superAdmin.patch(bench.pilot.path, body)
            #expect(answer.status == 400, "\(answer.text)")
            let after = try await bench.everything()
            #expect(after == before)
        }
    }

    @Test("A block needs a reason, ends the sessions, and is told to the blocked; unblocked, one logs in anew")
    func block() async throws {
        try await AdminBench.run { bench in
            for body in [
                nil, "{}", #"{"reason":""}"#, #"{"reason":" \n"}"#, #"{"reason":"\#(String(repeating: "a", count: 501))"}"#,
            ] {
                let answer = await bench.admin.post(bench.pilot.path + "/block", body)
                #expect(answer.status == 400 && answer.json["errors"][0]["pointer"].text == "body/reason")
            }
            let key = try await bench.pilot.makeKey(for: ["fleets"])
            let blocked = await bench.admin.post(bench.pilot.path + "/block", #"{"reason":"Sold a titan"}"#)
            #expect(blocked.status == 200 && blocked.json["isBlocked"].isTrue)
            #expect(blocked.json["blockedReason"].text == "Sold a titan" && blocked.json["activeSessions"].number == 0)
            #expect(await bench.pilot.get("/me").json["error"].text == "account_blocked")
            let byKey = await bench.kernel.get("/fleets", headers: [.authorization: "Bearer \(key)"], as: nil)
            #expect(byKey.json["error"].text == "account_blocked")
            let again = await bench.admin.post(bench.pilot.path + "/block", #"{"reason":"Another"}"#)
            #expect(again.status == 200 && again.json["blockedReason"].text == "Sold a titan", "blocked is blocked")
            #expect(await bench.admin.post(bench.pilot.path + "/unblock").json["isBlocked"] == .bool(false))
            #expect(await bench.pilot.get("/me").status == 401)
            let target = bench.pilot.auditTarget
            let audit = try await bench.audit().filter { !$0.hasPrefix("authorization.denied") }
            #expect(
                audit == [
                    "account.blocked \(target)", "account.unblocked \(target)",
                ])
        }
    }

    @Test("Nobody blocks themselves or a superadmin")
    func protected() async throws {
        try await AdminBench.run { bench in
            let before = try await bench.everything()
            for (who, whom) in [
                (bench.admin, bench.admin), (bench.admin, bench.superAdmin), (bench.superAdmin, bench.superAdmin),
            ] {
                let answer = await who.post(whom.path + "/block", #"{"reason":"x"}"#)
                #expect(answer.status == 403 && answer.json["error"].text == "insufficient_role")
            }
            #expect(await bench.superAdmin.delete(bench.superAdmin.path).json["error"].text == "insufficient_role")
            let after = try await bench.everything()
            #expect(after == before)
        }
    }

    @Test("A superadmin deletes an account with all it has; the audit log keeps what it was called")
    func delete() async throws {
        try await AdminBench.run { bench in
            #expect(await bench.admin.delete(bench.pilot.path).status == 403)
            #expect(await bench.superAdmin.delete(bench.pilot.path).status == 204)
            #expect(await bench.superAdmin.get(bench.pilot.path).status == 404)
            #expect(await bench.pilot.get("/me").status == 401)
            let target = bench.pilot.auditTarget
            let log = await bench.superAdmin.get("/admin/audit-logs?target=\(target)").json["items"]
            #expect(log[0]["action"].text == "account.deleted" && log[0]["oldValue"]["displayName"].text == "Pilot")
            let left = try await bench.everything().filter { $0.contains(bench.pilot.account.uuidString.lowercased()) }
            #expect(left.count == 1)
        }
    }

    @Test("Access is explained for every route, and as a request is judged")
    func access() async throws {
        try await AdminBench.run { bench in
            _ = await bench.superAdmin.put(bench.pilot.path + "/feature-roles", #"{"featureKey":"fleets","roleKey":"user"}"#)
            let items = await bench.admin.get(bench.pilot.path + "/access").json["items"].items
            #expect(items.count == bench.kernel.routeCount)
            func explained(_ method: String, _ path: String) throws -> JSON {
                try #require(items.first { $0["method"].text == method && $0["path"].text == path })
            }
            let (looks, makes) = (try explained("GET", "/fleets"), try explained("POST", "/fleets"))
            #expect(looks["isAllowed"].isTrue && looks["plugin"].text == "fleets")
            #expect(makes["isAllowed"] == .bool(false))
            #expect(makes["reason"].text == "The role on fleets is user, fc is needed.")
            #expect(await bench.pilot.get("/fleets").status == 204)
            #expect(await bench.pilot.post("/fleets").status == 403)
        }
    }
}
