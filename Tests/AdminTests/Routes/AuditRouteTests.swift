import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import Admin

@Suite struct AuditRouteTests {
    /// Ten changes, a minute apart, the names counting up.
    private func fill(_ bench: AdminBench) async throws {
        for number in 0..<10 {
            bench.kernel.clock.advance(by: .seconds(60))
            let answer = await bench.superAdmin.patch(bench.pilot.path, #"{"displayName":"Pilot \#(number)"}"#)
            try #require(answer.status == 200)
        }
    }

    @Test("Lines are filtered by actor, action, target and time, the newest first")
    func filters() async throws {
        try await AdminBench.run { bench in
            let start = bench.kernel.clock.now
            try await fill(bench)
            _ = await bench.admin.post(bench.pilot.path + "/block", #"{"reason":"x"}"#)
            func names(_ query: String) async -> [String?] {
                let answer = await bench.superAdmin.get("/admin/audit-logs?\(query)")
                #expect(answer.status == 200, "\(answer.text)")
                return answer.json["items"].items.map { $0["newValue"]["displayName"].text }
            }
            #expect(await names("action=settings.updated&limit=2") == ["Pilot 9", "Pilot 8"])
            #expect(await names("actor_id=\(bench.admin.account)").count == 1)
            #expect(await names("actor_id=\(UUID())") == [])
            #expect(await names("target=\(bench.pilot.auditTarget)").count == 11)
            #expect(await names("target=\(bench.admin.auditTarget)") == [])
            let (from, to) = ((start + 120).iso8601, (start + 240).iso8601)
            #expect(await names("from=\(from)&to=\(to)") == ["Pilot 2", "Pilot 1"])
        }
    }

    @Test("Pages hold every line once while others are written; a cursor is good for its filters only")
    func pages() async throws {
        try await AdminBench.run { bench in
            try await fill(bench)
            var (seen, cursor): ([String], String?) = ([], "")
            while let now = cursor {
                let answer = await bench.superAdmin.get(
                    "/admin/audit-logs?action=settings.updated&limit=4" + (now.isEmpty ? "" : "&cursor=\(now)"))
                #expect(answer.status == 200, "\(answer.text)")
                seen += answer.json["items"].items.compactMap { $0["newValue"]["displayName"].text }
                cursor = answer.json["nextCursor"].text
                _ = await bench.superAdmin.patch(bench.pilot.path, #"{"displayName":"Later \#(seen.count)"}"#)
                try #require(seen.count < 20)
            }
            #expect(seen == (0..<10).reversed().map { "Pilot \($0)" })
            let first = await bench.superAdmin.get("/admin/audit-logs?limit=4")
            let foreign = try #require(first.json["nextCursor"].text)
            for query in ["action=settings.updated&cursor=\(foreign)", "cursor=x"] {
                let answer = await bench.superAdmin.get("/admin/audit-logs?\(query)")
                #expect(answer.status == 400 && answer.json["errors"][0]["pointer"].text == "query/cursor")
            }
        }
    }

    @Test(
        "What is no filter is refused by name, in the list and in the export",
        arguments: [
            "actor_id=7", "from=yesterday", "to=2026-13-01T00:00:00Z", "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
            "acton=x",
        ])
    func badFilters(_ query: String) async throws {
        try await AdminBench.run { bench in
            for path in ["/admin/audit-logs", "/admin/audit-logs/export"] {
                let answer = await bench.superAdmin.get("\(path)?\(query)")
                #expect(answer.status == 400 && answer.json["errors"].items.count == 1)
            }
            #expect(await bench.superAdmin.get("/admin/audit-logs/export?format=xml").status == 400)
            #expect(await bench.superAdmin.get("/admin/audit-logs/export?limit=5").status == 400, "an export is whole")
        }
    }

    @Test("The export as JSON is the list, as a file")
    func json() async throws {
        try await AdminBench.run { bench in
            try await fill(bench)
            let answer = await bench.superAdmin.get("/admin/audit-logs/export?action=settings.updated")
            #expect(answer.header("Content-Disposition") == #"attachment; filename="audit-log.json""#)
            let list = await bench.superAdmin.get("/admin/audit-logs?action=settings.updated")
            #expect(answer.json.items.count == 10 && answer.json == list.json["items"])
        }
    }

    @Test("The export as CSV reads back as it was written, whatever names hold, and no name is a spreadsheet's formula")
    func csv() async throws {
        try await AdminBench.run { bench in
            for name in [#"=HYPERLINK(\"http://evil\")"#, "+1", "-1", "@x", #"a,\"b\""#] {
                let answer = await bench.superAdmin.patch(bench.pilot.path, #"{"displayName":"\#(name)"}"#)
                try #require(answer.status == 200)
                let block = await bench.superAdmin.post(bench.pilot.path + "/block", #"{"reason":"one\ntwo, \"three\""}"#)
                try #require(block.status == 200)
                #expect(await bench.superAdmin.post(bench.pilot.path + "/unblock").status == 200)
            }
            try await bench.kernel.execute("UPDATE kernel.account SET display_name = '=1+1' WHERE id = '\(bench.admin.account)'")
            #expect(await bench.admin.patch(bench.pilot.path, #"{"displayName":"Pilot"}"#).status == 200)
            let answer = await bench.superAdmin.get("/admin/audit-logs/export?format=csv")
            #expect(answer.header("Content-Type") == "text/csv; charset=utf-8")
            let rows = Self.parse(answer.text)
            let header = "number,time,actorId,actorName,ip,userAgent,action,target,oldValue,newValue"
            #expect(rows[0].joined(separator: ",") == header)
            #expect(rows.count == 17 && rows.allSatisfy { $0.count == 10 })
            #expect(rows[1][3] == "'=1+1", "the actor's name begins like a formula")
            #expect(rows.dropFirst().allSatisfy { $0.allSatisfy { !"=+-@\t\r".contains($0.first ?? " ") } })
            let items = await bench.superAdmin.get("/admin/audit-logs?limit=100").json["items"].items
            for (row, item) in zip(rows.dropFirst(), items) {
                #expect(row[0] == item["number"].text && row[1] == item["time"].text && row[6] == item["action"].text)
                #expect(row[7] == item["target"].text && row[2] == item["actorId"].text)
                let value = item["newValue"] == .null ? "" : row[9]
                #expect(value.isEmpty || (try? JSON(Array(value.utf8))) == item["newValue"])
            }
        }
    }

    /// RFC 4180, to the letter.
    private static func parse(_ text: String) -> [[String]] {
        var (rows, row, field, isQuoted): ([[String]], [String], String, Bool) = ([], [], "", false)
        let characters = Array(text.unicodeScalars)
        var index = 0
        while index < characters.count {
            let character = characters[index]
            if isQuoted, character == "\"", index + 1 < characters.count, characters[index + 1] == "\"" {
                field.unicodeScalars.append("\"")
                index += 1
            } else if character == "\"" {
                isQuoted.toggle()
            } else if isQuoted {
                field.unicodeScalars.append(character)
            } else if character == "," {
                row.append(field)
                field = ""
            } else if character == "\n" {
                rows.append(row + [field])
                (row, field) = ([], "")
            } else if character != "\r" {
                field.unicodeScalars.append(character)
            }
            index += 1
        }
        return rows
    }

    @Test("An export reads page by page and holds every line once, up to its bound")
    func longExport() async throws {
        try await AdminBench.run { bench in
            let lines = AuditRoutes.longestExport + 7
            try await bench.kernel.execute(
                """
                INSERT INTO kernel.audit_log (time, action, target)
                SELECT timestamptz '2026-01-15 12:00Z' + n * interval '1 second', 'test.line', 'line:' || n
                FROM generate_series(1, \(lines)) n
                """)
            let answer = await bench.superAdmin.get("/admin/audit-logs/export?action=test.line")
            let targets = answer.json.items.compactMap { $0["target"].text }
            #expect(targets.count == AuditRoutes.longestExport && Set(targets).count == targets.count)
            #expect(targets.first == "line:\(lines)" && targets.last == "line:8")
            #expect(AuditRoutes.longestExport.isMultiple(of: AuditRoutes.exportPage), "or the last page would go beyond it")
        }
    }
}
