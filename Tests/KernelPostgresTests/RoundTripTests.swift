import Foundation
import KernelAPI
import KernelPostgres
import Testing

@Suite struct RoundTripTests {
    private func roundTrip<Value: SQLEncodable & SQLDecodable & Equatable>(
        _ database: PostgresDatabase, _ statement: Statement, _ values: [Value]
    ) async throws {
        for value in values {
            let answer: Value = try await database.query(statement, value).scalar()
            #expect(answer == value)
        }
        let null: Value? = try await database.query(statement, Value?.none).scalar()
        #expect(null == nil)
    }

    @Test("every type survives the way to the server and back in binary, and so does NULL")
    func everyType() async throws {
        try await testDatabase { database in
            try await roundTrip(database, Statement("t.bool", "SELECT $1::bool"), [true, false])
            try await roundTrip(database, Statement("t.int2", "SELECT $1::int2"), [Int16.min, 0, Int16.max])
            try await roundTrip(database, Statement("t.int4", "SELECT $1::int4"), [Int32.min, 0, Int32.max])
            try await roundTrip(database, Statement("t.int8", "SELECT $1::int8"), [Int64.min, 0, Int64.max])
            try await roundTrip(database, Statement("t.int", "SELECT $1::int8"), [Int.min, 0, Int.max])
            try await roundTrip(database, Statement("t.float8", "SELECT $1::float8"), [0, -1.5, .infinity, 1e-300])
            let long = String(repeating: "x", count: 100_000)
            try await roundTrip(database, Statement("t.text", "SELECT $1::text"), ["", "å🚀'\"\\", long])
            try await roundTrip(database, Statement("t.uuid", "SELECT $1::uuid"), [UUID()])
            try await roundTrip(
                database, Statement("t.bytea", "SELECT $1::bytea"), [SQLBytes([]), SQLBytes(Array(0...255))])
            try await roundTrip(
                database, Statement("t.time", "SELECT $1::timestamptz"),
                [Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 1_700_000_000.25)])
        }
    }

    @Test("arrays survive, empty ones and those with NULLs in them too")
    func arrays() async throws {
        try await testDatabase { database in
            try await roundTrip(database, Statement("t.int8s", "SELECT $1::int8[]"), [[], [1], [Int64.min, 0, Int64.max]])
            try await roundTrip(database, Statement("t.texts", "SELECT $1::text[]"), [[], [""], ["a", "b,c", "{\"}"]])
            try await roundTrip(database, Statement("t.bools", "SELECT $1::bool[]"), [[true, false]])
            try await roundTrip(database, Statement("t.uuids", "SELECT $1::uuid[]"), [[UUID(), UUID()]])
            try await roundTrip(
                database, Statement("t.nullables", "SELECT $1::int4[]"), [[Int32?.none, 1, nil, 2]])
        }
    }

    @Test("a text column read as a number is a decoding error that names statement and column")
    func mismatch() async throws {
        try await testDatabase { database in
            let rows = try await database.query(Statement("t.mismatch", "SELECT 'x'::text"))
            let error = #expect(throws: DatabaseError.self) { try rows.scalar(Int.self) }
            #expect(error?.code == .decoding)
            #expect(error?.statement == "t.mismatch")
        }
    }

    @Test("decimals survive both ways: as the server computes them from text, and as it prints what was sent")
    func decimals() async throws {
        try await testDatabase { database in
            let both = Statement("t.decimal", "SELECT $1::numeric, $1::numeric::text, $2::text::numeric")
            var values = [0, 1, -1, 9999, 10_000, 10_001, 99_999_999, 100_000_000].flatMap { unscaled in
                (0...4).map { SQLDecimal(unscaled: Int64(unscaled), scale: $0) }
            }
            for _ in 0..<500 {
                let digits = Int64.random(in: 1...17)
                let bound = (0..<digits).reduce(Int64(1)) { result, _ in result * 10 }
                values.append(SQLDecimal(unscaled: .random(in: -bound...bound), scale: .random(in: 0...4)))
            }
            for value in values where value.fitsWithFourDecimals {
                var columns = try await database.query(both, value, value.text)[0].columns
                #expect(try columns.next() == value)
                #expect(try columns.next() == value.text)
                #expect(try columns.next() == value)
            }
        }
    }
}

extension SQLDecimal {
    /// Decoding works on four decimals in an Int64.
    fileprivate var fitsWithFourDecimals: Bool { unscaled.magnitude < 90_000_000_000_000 || scale == 4 }

    /// The decimal as PostgreSQL prints it, worked out on digits rather than by the code under test.
    fileprivate var text: String {
        var digits = String(unscaled.magnitude)
        while digits.count <= scale { digits = "0" + digits }
        let point = digits.index(digits.endIndex, offsetBy: -scale)
        let sign = unscaled < 0 ? "-" : ""
        return sign + digits[..<point] + (scale == 0 ? "" : "." + digits[point...])
    }
}
