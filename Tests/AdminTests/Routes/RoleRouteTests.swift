import KernelAPI
import KernelTesting
import Testing

@Suite struct RoleRouteTests {
    private func one(_ feature: String, _ role: String) -> String { #"{"featureKey":"\#(feature)","roleKey":"\#(role)"}"# }

    private func all(_ pairs: (String, String)...) -> String {
        #"{"roles":[\#(pairs.map { one($0.0, $0.1) }.joined(separator: ","))]}"#
    }

    @Test("A role is given, changed and taken, acts with the next request, and each step is in the audit log")
    func onePair() async throws {
        try await AdminBench.run { bench in
            let roles = bench.pilot.path + "/feature-roles"
            #expect(await bench.pilot.get("/fleets").status == 403)
            let given = await bench.admin.put(roles, one("fleets", "user"))
            #expect(given.status == 200 && given.json["featureRoles"][0]["roleRank"].number == 10)
            #expect(await bench.pilot.get("/fleets").status == 204)
            #expect(await bench.pilot.post("/fleets").status == 403)
            #expect(await bench.admin.put(roles, one("fleets", "admin")).status == 200)
            #expect(await bench.pilot.post("/fleets").status == 204)
            // The same again is no change.
            #expect(await bench.admin.put(roles, one("fleets", "admin")).status == 200)
            let taken = await bench.admin.delete(roles + "/fleets")
            #expect(taken.status == 200 && taken.json["featureRoles"].items.isEmpty)
            #expect(await bench.pilot.get("/fleets").status == 403)
            // What is not there can be taken once more.
            #expect(await bench.admin.delete(roles + "/fleets").status == 200)
            let target = bench.pilot.auditTarget
            let changes = try await bench.audit().filter { $0.hasPrefix("role.") }
            #expect(changes == ["role.granted \(target)", "role.changed \(target)", "role.revoked \(target)"])
            let log = await bench.superAdmin.get("/admin/audit-logs?action=role.changed").json["items"][0]
            #expect(log["oldValue"]["roleKey"].text == "user" && log["newValue"]["roleKey"].text == "admin")
            #expect(log["actorName"].text == "Fleet admin" && log["userAgent"].text == "Test browser")
        }
    }

    @Test("The whole list replaces what was there; an empty one takes everything")
    func list() async throws {
        try await AdminBench.run { bench in
            let roles = bench.pilot.path + "/feature-roles"
            #expect(await bench.superAdmin.put(roles, all(("fleets", "fc"), ("wars", "user"))).status == 200)
            let both = try await bench.roles(of: bench.pilot)
            #expect(both == ["fleets 20", "wars 10"])
            #expect(await bench.superAdmin.put(roles, all(("wars", "director"))).status == 200)
            let replaced = try await bench.roles(of: bench.pilot)
            #expect(replaced == ["wars 30"])
            #expect(await bench.superAdmin.put(roles, #"{"roles":[]}"#).status == 200)
            let none = try await bench.roles(of: bench.pilot)
            #expect(none.isEmpty)
            let changes = try await bench.audit()
            #expect(changes.count == 5)
        }
    }

    @Test("An admin of one feature cannot touch roles on another, nor their own, nor a superadmin's")
    func scope() async throws {
        try await AdminBench.run { bench in
            let warrior = try await bench.kernel.person("Warrior", roles: ["wars": .fc])
            let before = try await bench.everything()
            for (path, body) in [
                (bench.pilot.path, one("wars", "user")), (bench.pilot.path, all(("fleets", "user"), ("wars", "user"))),
                // Leaving it out takes it away.
                (warrior.path, all(("fleets", "user"))), (warrior.path, #"{"roles":[]}"#),
                (bench.admin.path, one("fleets", "user")), (bench.superAdmin.path, one("fleets", "user")),
            ] {
                let answer = await bench.admin.put(path + "/feature-roles", body)
                #expect(answer.status == 403 && answer.json["error"].text == "insufficient_role", "\(path) \(body)")
            }
            #expect(await bench.admin.delete(bench.admin.path + "/feature-roles/fleets").status == 403)
            let after = try await bench.everything()
            #expect(after == before)
            // What is named as it is is no change.
            #expect(await bench.admin.put(warrior.path + "/feature-roles", all(("fleets", "user"), ("wars", "fc"))).status == 200)
        }
    }

    @Test("A director gives nothing, and the route says so before the body is read")
    func director() async throws {
        try await AdminBench.run { bench in
            let director = try await bench.kernel.person("Director", roles: ["fleets": .director])
            let answer = await director.put(bench.pilot.path + "/feature-roles", "{")
            #expect(answer.status == 403 && answer.json["error"].text == "insufficient_role")
            #expect(await director.delete(bench.pilot.path + "/feature-roles/fleets").status == 403)
        }
    }

    @Test(
        "A body that is none is refused with what is wrong with it",
        arguments: [
            (#"{}"#, "body"), (#"{"featureKey":"fleets"}"#, "body"), (#"{"roleKey":"fc"}"#, "body"),
            (#"{"featureKey":"fleets","roleKey":"king"}"#, "body/roleKey"), (#"{"featureKey":"fleets","roleKey":null}"#, "body"),
            (#"{"roles":[],"featureKey":"fleets","roleKey":"fc"}"#, "body"), (#"{"roles":{}}"#, "body/roles"),
            (#"{"roles":[7]}"#, "body/roles/0"), (#"{"roles":[{"featureKey":"fleets"}]}"#, "body/roles/0/roleKey"),
            (#"{"roles":[{"featureKey":"wars","roleKey":"fc"},{"featureKey":"wars","roleKey":"user"}]}"#, "body/roles"),
            (#"{"roles":null}"#, "body/roles"),
        ])
    func badBodies(_ body: String, _ pointer: String) async throws {
        try await AdminBench.run { bench in
            let before = try await bench.everything()
            let answer = await bench.superAdmin.put(bench.pilot.path + "/feature-roles", body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.json["errors"].items.contains { $0["pointer"].text == pointer }, "\(answer.text)")
            let after = try await bench.everything()
            #expect(after == before)
        }
    }

    @Test("There are no roles on what is no feature")
    func unknownFeature() async throws {
        try await AdminBench.run { bench in
            for feature in ["admin", "kernel", "nothing"] {
                let answer = await bench.superAdmin.put(bench.pilot.path + "/feature-roles", one(feature, "user"))
                #expect(answer.status == 404, "\(feature)")
                #expect(answer.json["detail"].text?.contains("fleets, wars") == true)
            }
        }
    }

    @Test("A superadmin makes another and unmakes them; the last one stays")
    func superAdmins() async throws {
        try await AdminBench.run { bench in
            #expect(await bench.admin.post(bench.pilot.path + "/superadmin").status == 403)
            let alone = await bench.superAdmin.delete(bench.superAdmin.path + "/superadmin")
            #expect(alone.status == 409 && alone.json["error"].text == "last_superadmin")
            let made = await bench.superAdmin.post(bench.pilot.path + "/superadmin")
            #expect(made.status == 200 && made.json["isSuperAdmin"].isTrue)
            #expect(await bench.pilot.get("/admin/plugins").status == 200)
            #expect(await bench.superAdmin.post(bench.pilot.path + "/superadmin").status == 200, "again is no change")
            // Now somebody else is there, one can go.
            #expect(await bench.superAdmin.delete(bench.superAdmin.path + "/superadmin").status == 200)
            #expect(await bench.superAdmin.get("/admin/plugins").status == 403)
            let last = await bench.pilot.delete(bench.pilot.path + "/superadmin")
            #expect(last.json["error"].text == "last_superadmin")
            #expect(await bench.pilot.delete("/me").json["error"].text == "last_superadmin")
            let changes = try await bench.audit().filter { $0.hasPrefix("account.") }
            #expect(
                changes == [
                    "account.superadmin.promoted \(bench.pilot.auditTarget)",
                    "account.superadmin.demoted \(bench.superAdmin.auditTarget)",
                ])
        }
    }

    @Test("A blocked superadmin is none who could stay behind, and nobody blocked becomes one")
    func blockedSuperAdmin() async throws {
        try await AdminBench.run { bench in
            _ = try await bench.kernel.person("Blocked superadmin", isSuperAdmin: true, isBlocked: true)
            let answer = await bench.superAdmin.delete(bench.superAdmin.path + "/superadmin")
            #expect(answer.json["error"].text == "last_superadmin")
            #expect(await bench.superAdmin.post(bench.pilot.path + "/block", #"{"reason":"x"}"#).status == 200)
            let promotion = await bench.superAdmin.post(bench.pilot.path + "/superadmin")
            #expect(promotion.status == 409 && promotion.json["error"].text == "account_is_blocked")
        }
    }

    @Test("The matrix names features, roles by rank, and the least role for each action")
    func matrix() async throws {
        try await AdminBench.run { bench in
            let matrix = await bench.admin.get("/admin/roles/matrix").json
            #expect(matrix["features"].items.map { $0["key"].text } == ["fleets", "wars"])
            #expect(matrix["roles"].items.map { $0["rank"].number } == [10, 20, 30, 40])
            let actions = Dictionary(
                uniqueKeysWithValues: matrix["actions"].items.map { ($0["action"].text, $0["leastRole"].text) })
            #expect(actions["feature.view"] == "user" && actions["feature.create"] == "fc")
            #expect(actions["feature.settings.update"] == "director" && actions["user.block"] == "admin")
            #expect(actions["everything else"] == .some(nil))
        }
    }
}
