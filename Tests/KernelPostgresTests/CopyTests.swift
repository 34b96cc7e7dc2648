import KernelAPI
import KernelPostgres
import Testing

@Suite struct CopyTests {
    @Test("rows sent by COPY are in the same transaction as the statements around it")
    func copies() async throws {
        try await thingsDatabase { database in
            let counts = try await database.transaction("t.copy") { transaction -> [Int] in
                var rows = CopyRows("t.copy_things", into: "things (id, label)")
                for id in 0..<50_000 { rows.append(Int64(id), id.isMultiple(of: 3) ? nil : "label \(id)") }
                let stored = try await transaction.copy(rows)
                return [stored, try await transaction.query(countThings).scalar()]
            }
            #expect(counts == [50_000, 50_000])
            try await expectThings(50_000, in: database)
        }
    }

    @Test("a COPY that fails names itself and its constraint, and the connection goes on")
    func fails() async throws {
        try await thingsDatabase({ $0.maximumConnections = 1 }) { database in
            let before: Int32 = try await database.query(backend).scalar()
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction("t.copy") { transaction in
                    var rows = CopyRows("t.copy_things", into: "things (id, label)")
                    for id in 0..<200_000 { rows.append(Int64(id % 100), "x") }
                    return try await transaction.copy(rows)
                }
            }
            #expect(error?.sqlState == "23505")
            #expect(error?.statement == "t.copy_things")
            #expect(error?.constraint == "things_pkey")
            try await expectThings(0, in: database)
            let after: Int32 = try await database.query(backend).scalar()
            #expect(after == before)
        }
    }

    @Test("a COPY into a table that does not exist is an ordinary error")
    func refused() async throws {
        try await thingsDatabase { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction("t.copy") { transaction in
                    var rows = CopyRows("t.copy_nothing", into: "nothing (id)")
                    rows.append(1)
                    return try await transaction.copy(rows)
                }
            }
            #expect(error?.sqlState == "42P01")
        }
    }
}
