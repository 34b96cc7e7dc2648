import KernelAPI
import KernelPostgres
import Testing

@Suite struct PipelineTests {
    @Test("a batch gives one result per statement, and is one transaction")
    func batch() async throws {
        try await thingsDatabase { database in
            let batch = (1...300).map { BoundStatement(insertThing, Int64($0), "x") } + [BoundStatement(countThings)]
            let results = try await database.pipeline(batch)
            #expect(results.count == 301)
            #expect(results[0].affectedRows == 1)
            #expect(try results[300].scalar(Int.self) == 300)
        }
    }

    @Test("an error in the middle names its statement, undoes the batch, and the connection goes on")
    func errorInTheMiddle() async throws {
        try await thingsDatabase({ $0.maximumConnections = 1 }) { database in
            let before: Int32 = try await database.query(backend).scalar()
            let duplicate = Statement("t.duplicate", "INSERT INTO things (id) SELECT $1::int8")
            let error = await #expect(throws: DatabaseError.self) {
                try await database.pipeline([
                    BoundStatement(insertThing, 1, "a"), BoundStatement(duplicate, 1), BoundStatement(insertThing, 2, "b"),
                ])
            }
            #expect(error?.code == .server)
            #expect(error?.sqlState == "23505")
            #expect(error?.statement == "t.duplicate")
            #expect(error.map { "\($0)".contains("Key (id)") } == false)
            try await expectThings(0, in: database)
            let after: Int32 = try await database.query(backend).scalar()
            #expect(after == before)
        }
    }

    @Test("a syntax error is found when the statement is prepared, names it, and leaves nothing behind")
    func syntaxError() async throws {
        try await thingsDatabase { database in
            for _ in 0..<2 {
                let error = await #expect(throws: DatabaseError.self) {
                    try await database.query(Statement("t.wrong", "SELEC 1"))
                }
                #expect(error?.sqlState == "42601")
                #expect(error?.statement == "t.wrong")
            }
        }
    }

    @Test("more parameters than the socket's buffers hold: sending and receiving go on at the same time")
    func bothDirections() async throws {
        try await testDatabase { database in
            let echo = Statement("t.echo", "SELECT $1::text")
            let text = String(repeating: "x", count: 100_000)
            let results = try await database.pipeline((0..<200).map { _ in BoundStatement(echo, text) })
            for result in results { #expect(try result.scalar(String.self) == text) }
        }
    }

    @Test("beyond its limit the least recently used prepared statements are deallocated on the server")
    func preparedStatementsAreBounded() async throws {
        try await testDatabase({ $0.maximumConnections = 1 }) { database in
            let fragments: [StaticString] = ["1", "+ 1"]
            for count in 0..<300 {
                let sums = Array(repeating: fragments[1], count: count)
                let statement = Statement("t.variant", fragments: ["SELECT", fragments[0]] + sums)
                let sum: Int32 = try await database.query(statement).scalar()
                #expect(sum == Int32(count + 1))
            }
            let held: Int = try await database.query(Statement("t.held", "SELECT count(*) FROM pg_prepared_statements")).scalar()
            #expect(held == 256)
        }
    }

    @Test("a statement whose result changed with the schema is prepared afresh")
    func stalePlan() async throws {
        try await thingsDatabase { database in
            let all = Statement("t.all", "SELECT * FROM things")
            let before = try await database.query(all)
            #expect(before.isEmpty)
            try await database.withSession { try await $0.simple("t.alter", sql: "ALTER TABLE things ADD extra int") }
            try await database.query(insertThing, 1, "a")
            let after = try await database.query(all)
            #expect(after[0].columnCount == 3)
        }
    }
}
