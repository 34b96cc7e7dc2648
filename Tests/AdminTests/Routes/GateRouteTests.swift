import KernelAPI
import KernelTesting
import Testing

@Suite struct GateRouteTests {
    private let members =
        #"{"requiresMembership":true,"allowedCorpIds":["98000001"],"deniedAllianceIds":["99000009","99000009"]}"#

    @Test("The gate is read, set, and acts with the next request")
    func gate() async throws {
        try await AdminBench.run { bench in
            let outsider = try await bench.kernel.person("Outsider", corporation: 98_000_002)
            let open = await bench.superAdmin.get("/admin/auth-config").json
            #expect(open["requiresMembership"] == .bool(false) && open["allowedCorpIds"].items.isEmpty)
            let set = await bench.superAdmin.put("/admin/auth-config", members)
            #expect(set.status == 200 && set.json["deniedAllianceIds"].items == [.string("99000009")])
            #expect(await bench.superAdmin.get("/admin/auth-config").json == set.json)
            #expect(await outsider.get("/me").json["error"].text == "organisation_denied")
            #expect(await bench.pilot.get("/me").status == 200)
            // The same again is no change.
            #expect(await bench.superAdmin.put("/admin/auth-config", members).status == 200)
            let audit = try await bench.audit().filter { $0.hasPrefix("auth_config") }
            #expect(audit == ["auth_config.updated auth_config"])
            let log = await bench.superAdmin.get("/admin/audit-logs?action=auth_config.updated").json["items"][0]
            #expect(log["oldValue"]["requiresMembership"] == .bool(false) && log["newValue"]["requiresMembership"].isTrue)
        }
    }

    @Test(
        "A gate that keeps out whoever sets it, or everybody, is refused",
        arguments: [
            (#"{"requiresMembership":true}"#, 400, "invalid_request"),
            (#"{"requiresMembership":true,"deniedCorpIds":["98000002"]}"#, 400, "invalid_request"),
            (#"{"requiresMembership":true,"allowedCorpIds":["98000002"]}"#, 409, "would_deny_you"),
            (#"{"requiresMembership":false,"deniedCorpIds":["98000001"]}"#, 409, "would_deny_you"),
            (#"{"allowedCorpIds":["98000001"]}"#, 400, "invalid_request"),
            (#"{"requiresMembership":"no"}"#, 400, "invalid_request"),
            (#"{"requiresMembership":false,"deniedCorpIds":[98000002]}"#, 400, "invalid_request"),
            (#"{"requiresMembership":false,"deniedCorpIds":["-1"]}"#, 400, "invalid_request"),
            (#"{"requiresMembership":false,"allowedCorps":[]}"#, 400, "invalid_request"),
        ])
    func refused(_ body: String, _ status: Int, _ error: String) async throws {
        try await AdminBench.run { bench in
            let before = try await bench.everything()
            let answer = await bench.superAdmin.put("/admin/auth-config", body)
            #expect(answer.status == status && answer.json["error"].text == error, "\(answer.text)")
            let after = try await bench.everything()
            #expect(after == before)
        }
    }

    @Test("A character is checked: allowed or not and by which rule, unknown, not told by ESI, no id")
    func check() async throws {
        try await AdminBench.run { bench in
            await bench.superAdmin.put("/admin/auth-config", members)
            func check(_ id: String) async -> TestAnswer {
                await bench.superAdmin.post("/admin/auth-config/check", #"{"eveCharacterId":"\#(id)"}"#)
            }
            let member = await check("5")
            #expect(member.status == 200 && member.json["allowed"].isTrue && member.json["reason"].text == "corporation_allowed")
            let enemy = await check("6")
            #expect(enemy.json["allowed"] == .bool(false) && enemy.json["reason"].text == "alliance_denied")
            #expect(await check("7").status == 404)
            #expect(await check("8").status == 503)
            for id in ["0", "x", "", "-5", "5.0", "99999999999999999999"] { #expect(await check(id).status == 400) }
            #expect(await bench.superAdmin.post("/admin/auth-config/check", #"{"eveCharacterId":5}"#).status == 400)
        }
    }
}
