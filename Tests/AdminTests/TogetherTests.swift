import Foundation
import HTTPTypes
import KernelAPI
import KernelTesting
import Testing

/// Every change of the administration and its line in the audit log are there together, or neither is.
@Suite struct TogetherTests {
    /// A change of something that is there to be changed.
    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        let method: HTTPRequest.Method
        let target: @Sendable (Scene) -> String
        var body: (@Sendable (Scene) -> String)?
        /// `action target` of what the audit log gets.
        let audit: @Sendable (Scene) -> [String]

        var testDescription: String { name }
    }

    struct Scene: Sendable {
        let bench: AdminBench
        /// Somebody with a role.
        let fc: Person
        /// Somebody blocked.
        let blocked: Person
        /// Another superadmin.
        let second: Person
    }

    static let changes: [Change] = accounts + roles + others

    private static let accounts: [Change] = [
        Change(
            name: "rename", method: .patch, target: { $0.fc.path }, body: { _ in #"{"displayName":"New"}"# },
            audit: { ["settings.updated \($0.fc.auditTarget)"] }),
        Change(
            name: "block", method: .post, target: { $0.fc.path + "/block" }, body: { _ in #"{"reason":"x"}"# },
            audit: { ["account.blocked \($0.fc.auditTarget)"] }),
        Change(
            name: "unblock", method: .post, target: { $0.blocked.path + "/unblock" },
            audit: { ["account.unblocked \($0.blocked.auditTarget)"] }),
        Change(
            name: "delete an account", method: .delete, target: { $0.fc.path },
            audit: { ["account.deleted \($0.fc.auditTarget)"] }),
        Change(
            name: "look as somebody", method: .post, target: { _ in "/admin/view-as" },
            body: { #"{"accountId":"\#($0.fc.account)"}"# }, audit: { ["account.view.begun \($0.fc.auditTarget)"] }),
    ]

    private static let roles: [Change] = [
        Change(
            name: "give a role", method: .put, target: { $0.blocked.path + "/feature-roles" },
            body: { _ in #"{"featureKey":"fleets","roleKey":"fc"}"# }, audit: { ["role.granted \($0.blocked.auditTarget)"] }),
        Change(
            name: "set all roles", method: .put, target: { $0.fc.path + "/feature-roles" },
            body: { _ in #"{"roles":[{"featureKey":"wars","roleKey":"user"}]}"# },
            audit: { ["role.revoked \($0.fc.auditTarget)", "role.granted \($0.fc.auditTarget)"] }),
        Change(
            name: "take a role", method: .delete, target: { $0.fc.path + "/feature-roles/fleets" },
            audit: { ["role.revoked \($0.fc.auditTarget)"] }),
        Change(
            name: "make a superadmin", method: .post, target: { $0.fc.path + "/superadmin" },
            audit: { ["account.superadmin.promoted \($0.fc.auditTarget)"] }),
        Change(
            name: "unmake a superadmin", method: .delete, target: { $0.second.path + "/superadmin" },
            audit: { ["account.superadmin.demoted \($0.second.auditTarget)"] }),
    ]

    private static let others: [Change] = [
        Change(
            name: "switch a feature off", method: .put, target: { _ in "/admin/features/wars" },
            body: { _ in #"{"enabled":false}"# }, audit: { _ in ["feature.disabled feature:wars"] }),
        Change(
            name: "change a setting", method: .put, target: { _ in "/admin/features/fleets" },
            body: { _ in #"{"settings":{"min_ships":4}}"# }, audit: { _ in ["settings.updated feature:fleets"] }),
        Change(
            name: "set the gate", method: .put, target: { _ in "/admin/auth-config" },
            body: { _ in #"{"requiresMembership":true,"allowedCorpIds":["98000001"]}"# },
            audit: { _ in ["auth_config.updated auth_config"] }),
        Change(
            name: "run a job", method: .post, target: { _ in "/admin/jobs/fleets.count/run" },
            audit: { _ in ["job.run_requested job:fleets.count"] }),
        Change(
            name: "pause a job", method: .post, target: { _ in "/admin/jobs/fleets.count/pause" },
            audit: { _ in ["job.paused job:fleets.count"] }),
    ]

    private func run(_ body: @Sendable (Scene) async throws -> Void) async throws {
        try await AdminBench.run { bench in
            _ = try await bench.kernel.run(job: "fleets.count")
            bench.kernel.clock.advance(by: .seconds(1))
            try await body(
                Scene(
                    bench: bench, fc: try await bench.kernel.person("FC", roles: ["fleets": .fc]),
                    blocked: try await bench.kernel.person("Blocked", isBlocked: true),
                    second: try await bench.kernel.person("Second", isSuperAdmin: true)))
        }
    }

    private func send(_ change: Change, _ scene: Scene) async -> TestAnswer {
        await scene.bench.superAdmin.send(change.method, change.target(scene), change.body?(scene))
    }

    @Test("A change leaves its line, with who did it and from where", arguments: changes)
    func together(_ change: Change) async throws {
        try await run { scene in
            let answer = await send(change, scene)
            #expect((200..<300).contains(answer.status), "\(answer.text)")
            let lines = try await scene.bench.audit()
            #expect(lines == change.audit(scene))
            let page = await scene.bench.kernel.get("/admin/audit-logs").json["items"].items
            for line in page {
                #expect(line["actorId"].text == scene.bench.superAdmin.account.uuidString.lowercased())
                #expect(line["actorName"].text == "Superadmin" && line["userAgent"].text == "Test browser")
            }
        }
    }

    @Test("Without its line there is no change", arguments: changes)
    func noAudit(_ change: Change) async throws {
        try await run { scene in
            try await scene.bench.refuse(on: ["audit_log"])
            let before = try await scene.bench.everything()
            #expect(await send(change, scene).status == 500)
            let after = try await scene.bench.everything()
            #expect(after == before)
        }
    }

    @Test("A change that fails in the end leaves no line", arguments: changes)
    func noChange(_ change: Change) async throws {
        try await run { scene in
            try await scene.bench.refuse(on: AdminBench.tables)
            let before = try await scene.bench.everything()
            #expect(await send(change, scene).status == 500)
            let after = try await scene.bench.everything()
            #expect(after == before)
        }
    }

    @Test("Every route of the administration that changes something is among them")
    func complete() async throws {
        try await run { scene in
            let tried = Set(
                try Self.changes.map { change in
                    try #require(scene.bench.kernel.routeLabel(change.method, change.target(scene)))
                })
            let changing = await scene.bench.superAdmin.get(scene.fc.path + "/access").json["items"].items
                .filter { $0["plugin"].text == "admin" && $0["method"].text != "GET" }
                .map { "\($0["method"].text ?? "") \($0["path"].text ?? "")" }
            // They change nothing, or are the other half of one that is tried.
            let others: Set = ["POST /admin/auth-config/check", "DELETE /admin/view-as", "POST /admin/jobs/{job}/resume"]
            #expect(Set(changing) == tried.union(others))
        }
    }
}

extension AdminBench {
    /// From here on a transaction that changes one of these tables is refused at its commit.
    func refuse(on tables: [String]) async throws {
        try await kernel.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'as the test says'; END $$")
        for table in tables {
            try await kernel.execute(
                """
                CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON kernel.\(table)
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
                """)
        }
    }
}
