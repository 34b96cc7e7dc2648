import KernelAPI
import Logging
import Testing

@Suite struct StatementTests {
    @Test("Statements of one name and several texts are different statements")
    func identity() {
        let plain = Statement("t.list", fragments: ["SELECT 1"])
        let filtered = Statement("t.list", fragments: ["SELECT 1", "WHERE $1"])
        #expect(filtered.text == "SELECT 1\nWHERE $1")
        #expect(plain != filtered)
        #expect(plain == Statement("t.list", "SELECT 1"))
    }

    @Test("Bindings lie back to back, NULL takes no room")
    func bindings() {
        var bindings = Bindings(Int16(1), String?.none, "ab")
        bindings.append(SQLBytes([]))
        #expect(bindings.ranges == [0..<2, nil, 2..<4, 4..<4])
        #expect(bindings.types == [.int2, .text, .text, .bytea])
        #expect(bindings.bytes == [0, 1, 97, 98])
        let bound = BoundStatement(Statement("t.x", "SELECT $1"), Int64(5))
        #expect(bound.bindings.types == [.int8])
        #expect(Bindings().ranges.isEmpty)
    }

    @Test("COPY rows have PostgreSQL's framing: signature, field counts, lengths, -1 for NULL")
    func copy() {
        var rows = CopyRows("t.copy", into: "t.ship (id, name, mass)")
        #expect(rows.text == "COPY t.ship (id, name, mass) FROM STDIN (FORMAT binary)")
        #expect(rows.isEmpty)
        let signature = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0] + [UInt8](repeating: 0, count: 8)
        #expect(rows.bytes == signature)
        rows.append(Int16(7), "ab", Int64?.none)
        rows.append(Int16(8), "", Int64?.none)
        #expect(rows.count == 2)
        let first: [UInt8] = [0, 3, 0, 0, 0, 2, 0, 7, 0, 0, 0, 2, 97, 98, 0xff, 0xff, 0xff, 0xff]
        let second: [UInt8] = [0, 3, 0, 0, 0, 2, 0, 8, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
        #expect(rows.bytes == signature + first + second)
        #expect(CopyRows.trailer == [0xff, 0xff])
    }

    @Test("A long COPY field has its length in all four bytes")
    func longField() {
        var rows = CopyRows("t.copy", into: "t.ship (name)")
        rows.append(String(repeating: "x", count: 70_000))
        #expect(Array(rows.bytes[19..<25]) == [0, 1, 0x00, 0x01, 0x11, 0x70])
    }

    @Test("Rows are read column by column, and an empty answer has no scalar")
    func rows() throws {
        let cells: [[[UInt8]?]] = [[[0, 1], Array("a".utf8)], [[0, 2], nil]]
        let rows = Rows(storage: MemoryRows(types: [.int2, .text], rows: cells), statement: "t.select")
        let read = try rows.map { row in
            var columns = row.columns
            return (try columns.next(Int16.self), try columns.next(String?.self))
        }
        #expect(read.map(\.0) == [1, 2])
        #expect(read.map(\.1) == ["a", nil])
        let none = Rows(storage: MemoryRows(types: [.int2], rows: []), statement: "t.select")
        let error = #expect(throws: DatabaseError.self) { try none.scalar(Int16.self) }
        #expect(error?.message == "t.select returned no row, one was expected")
    }

    @Test("What may be tried again is told apart from what may not")
    func transience() {
        for code in [DatabaseError.Code.unavailable, .poolExhausted, .commitUnknown, .timeout] {
            #expect(DatabaseError(code, "x").isTransient)
        }
        for code in [DatabaseError.Code.decoding, .protocolViolation, .server] { #expect(!DatabaseError(code, "x").isTransient) }
        for state in ["40001", "40P01", "53300", "57P01", "58030", "55P03", "25006"] {
            #expect(DatabaseError(.server, "x", sqlState: state).isTransient, "\(state)")
        }
        for state in ["23505", "42601", "22021", "55000", "25001"] {
            #expect(!DatabaseError(.server, "x", sqlState: state).isTransient, "\(state)")
        }
    }

    @Test("A contract is found by its protocol, and a missing one is named")
    func contracts() throws {
        var contracts = ContractRegistry()
        contracts.offer(SystemClock(), as: (any WallClock).self)
        let host = PluginHost(
            logger: .init(label: "test"), clock: SystemClock(), database: NoDatabase(), cursors: NoCursors(),
            bus: NoBus(), cache: NoCache(), audit: NoAudit(), queues: { _ in NoQueue() }, contracts: contracts)
        _ = try host.contract((any WallClock).self)
        let error = #expect(throws: MissingContractError.self) { try host.contract((any Worker).self) }
        #expect(error?.description.contains("Worker") == true)
    }
}
