import Foundation
import KernelAPI
import KernelTesting
import Testing

@Suite struct FeatureRouteTests {
    @Test("A superadmin sees every plugin with its switch and settings, others what they direct")
    func features() async throws {
        try await AdminBench.run { bench in
            let all = await bench.superAdmin.get("/admin/features").json["items"].items
            #expect(all.map { $0["key"].text } == ["fleets", "wars", "admin"])
            let fleets = all[0]
            #expect(fleets["enabled"].isTrue && fleets["enabledByManifest"].isTrue && fleets["hasRoles"].isTrue)
            #expect(fleets["dependants"].items == [.string("wars")] && all[1]["requires"].items == [.string("fleets")])
            let setting = fleets["settings"][0]
            #expect(setting["key"].text == "min_ships" && setting["value"].text == "3" && setting["origin"].text == "default")
            #expect(setting["expected"].text == "a whole number from 1 to 10")
            #expect(all[2]["hasRoles"] == .bool(false))
            let director = try await bench.kernel.person("Director", roles: ["wars": .director, "fleets": .fc])
            #expect(await director.get("/admin/features").json["items"].items.map { $0["key"].text } == ["wars"])
            let commander = try await bench.kernel.person("Commander", roles: ["wars": .fc])
            #expect(await commander.get("/admin/features").status == 403)
        }
    }

    @Test("A director changes settings, an admin the switch too; each change is in the audit log with old and new value")
    func change() async throws {
        try await AdminBench.run { bench in
            let director = try await bench.kernel.person("Director", roles: ["fleets": .director])
            let set = await director.put("/admin/features/fleets", #"{"settings":{"min_ships":5}}"#)
            #expect(set.status == 200 && set.json["settings"][0]["value"].text == "5")
            #expect(set.json["settings"][0]["origin"].text == "admin console")
            #expect(await director.put("/admin/features/fleets", #"{"enabled":false}"#).status == 403)
            #expect(await director.put("/admin/features/wars", #"{"settings":{"x":1}}"#).status == 403)
            let reset = await director.put("/admin/features/fleets", #"{"settings":{"min_ships":null}}"#)
            #expect(reset.json["settings"][0]["value"].text == "3")
            let required = await bench.superAdmin.put("/admin/features/fleets", #"{"enabled":false}"#)
            #expect(required.status == 409 && required.json["error"].text == "required_by_others")
            let foreign = await bench.admin.put("/admin/features/fleets", #"{"enabled":false,"includingDependants":true}"#)
            #expect(foreign.status == 403, "wars is not theirs")
            let off = await bench.superAdmin.put("/admin/features/fleets", #"{"enabled":false,"includingDependants":true}"#)
            #expect(off.status == 200 && off.json["enabled"] == .bool(false) && off.json["switchedAt"].text != nil)
            #expect(
                await bench.superAdmin.put("/admin/features/wars", #"{"enabled":true}"#).json["error"].text == "requires_others")
            #expect(await bench.admin.put("/admin/features/fleets", #"{"enabled":true}"#).json["enabled"].isTrue)
            let changes = try await bench.audit().filter { !$0.hasPrefix("authorization") }
            #expect(
                changes == [
                    "settings.updated feature:fleets", "settings.updated feature:fleets", "feature.disabled feature:wars",
                    "feature.disabled feature:fleets", "feature.enabled feature:fleets",
                ])
            let log = await bench.superAdmin.get("/admin/audit-logs?action=settings.updated").json["items"]
            #expect(log[1]["newValue"]["min_ships"].text == "5" && log[0]["oldValue"]["min_ships"].text == "5")
        }
    }

    @Test(
        "What cannot be is refused, and nothing happens",
        arguments: [
            ("fleets", #"{}"#, 400, "body"), ("fleets", #"{"settings":{}}"#, 400, "body"),
            ("fleets", #"{"enabled":"yes"}"#, 400, "body/enabled"),
            ("fleets", #"{"settings":{"min_ships":11}}"#, 400, "body/settings/min_ships"),
            ("fleets", #"{"settings":{"min_shops":5}}"#, 400, "body/settings/min_shops"),
            ("fleets", #"{"settings":{"min_ships":[5]}}"#, 400, "body/settings"),
            ("fleets", #"{"settings":{"min_ships":5},"enable":true}"#, 400, "body/enable"),
            ("nothing", #"{"enabled":true}"#, 404, nil), ("admin", #"{"enabled":false}"#, 409, nil),
        ] as [(String, String, Int, String?)])
    func refused(_ key: String, _ body: String, _ status: Int, _ pointer: String?) async throws {
        try await AdminBench.run { bench in
            let before = try await bench.everything()
            let answer = await bench.superAdmin.put("/admin/features/\(key)", body)
            #expect(answer.status == status, "\(answer.text)")
            if let pointer { #expect(answer.json["errors"].items.contains { $0["pointer"].text == pointer }, "\(answer.text)") }
            let after = try await bench.everything()
            #expect(after == before)
        }
    }

    @Test("What somebody may is looked up at the moment of the change, not when the request came")
    func staleRights() async throws {
        try await AdminBench.run { bench in
            let features = try bench.kernel.host.contract((any FeatureAdministration).self)
            let blocked = try await bench.kernel.person("Blocked", roles: ["wars": .admin], isBlocked: true)
            for (account, code) in [
                (bench.pilot.account, "insufficient_role"), (blocked.account, "account_blocked"), (UUID(), "not_signed_in"),
            ] {
                let then = Principal.test(roles: ["wars": .admin], isSuperAdmin: true, accountID: account)
                let problem = await #expect(throws: Problem.self) {
                    _ = try await features.change("wars", .init(isEnabled: false), by: then, actor: .system)
                }
                #expect(problem?.code == code)
            }
        }
    }

    @Test("Every plugin on every pod is listed, and pods that fell silent are marked")
    func plugins() async throws {
        try await AdminBench.run { bench in
            #expect(await bench.superAdmin.get("/admin/plugins").json["items"].items.isEmpty)
            try await bench.kernel.execute(
                """
                INSERT INTO kernel.pod_plugin VALUES
                    ('pod-a', 'fleets', '1.0', 'abc', 'running', NULL, true, '{count}', now(), now()),
                    ('pod-b', 'fleets', '1.1', 'abd', 'failed', 'no ships', false, '{}', NULL, now() - interval '2 minutes')
                """)
            let items = await bench.superAdmin.get("/admin/plugins").json["items"]
            #expect(items[0]["pod"].text == "pod-a" && items[0]["state"].text == "running" && items[0]["isGone"] == .bool(false))
            #expect(items[0]["workers"].items == [.string("count")] && items[0]["servesRoutes"].isTrue)
            #expect(items[1]["lastError"].text == "no ships" && items[1]["isGone"].isTrue && items[1]["startedAt"] == .null)
            #expect(items[0]["configurationHash"].text == "abc" && items[1]["version"].text == "1.1")
        }
    }
}
