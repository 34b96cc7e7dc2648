import Foundation
import KernelTesting
import Testing

@testable import KernelAPI

@Suite struct SQLValueTests {
    /// Encodes a value as a parameter and reads it as a column of its own type.
    private func roundTrip<Value: SQLEncodable & SQLDecodable>(_ value: Value) throws -> Value {
        try row(value, type: Value.sqlType).decode(0)
    }

    private func row(_ value: some SQLEncodable, type: SQLType) throws -> Row {
        let bindings = Bindings(value)
        let cell = try #require(bindings.ranges.first).map { Array(bindings.bytes[$0]) }
        return try #require(Rows(storage: MemoryRows(types: [type], rows: [[cell]]), statement: "t.select").first)
    }

    @Test("Integers, also at their ends")
    func integers() throws {
        for value in [Int64.min, -1, 0, 1, .max] { #expect(try roundTrip(value) == value) }
        for value in [Int32.min, -1, 0, 1, .max] { #expect(try roundTrip(value) == value) }
        for value in [Int16.min, -1, 0, 1, .max] { #expect(try roundTrip(value) == value) }
        #expect(try roundTrip(Int.min) == .min)
        #expect(try row(Int16(-7), type: .int2).decode(0, as: Int64.self) == -7)
        #expect(Bindings(Int32(258)).bytes == [0, 0, 1, 2])
    }

    @Test("An integer that does not fit is an error that names statement and column, not a crash")
    func narrowing() throws {
        let row = try row(Int64(70_000), type: .int8)
        let error = #expect(throws: DatabaseError.self) { try row.decode(0, as: Int16.self) }
        #expect(error?.code == .decoding)
        #expect(error?.description == "database decoding, statement t.select: column 0 of t.select: 70000 does not fit Int16")
        #expect(throws: DatabaseError.self) { try row.decode(1, as: Int64.self) }
    }

    @Test("Texts, bytes, booleans, UUIDs and floating point numbers")
    func others() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<500 {
            let text = generator.text(atMost: 40)
            #expect(Array(try roundTrip(text).utf8) == Array(text.utf8))
            #expect(try roundTrip(SQLBytes(Array(text.utf8))).bytes == Array(text.utf8))
            let bits = Double(bitPattern: generator.next())
            #expect(try roundTrip(bits).bitPattern == bits.bitPattern)
            let id = UUID()
            #expect(try roundTrip(id) == id)
        }
        #expect(try roundTrip(true) == true)
        #expect(try roundTrip(false) == false)
    }

    @Test("Times come back to the microsecond; what does not fit becomes infinity")
    func dates() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            let microseconds = Int.random(in: -2_208_988_800_000_000...7_258_118_400_000_000, using: &generator)
            let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
            #expect(abs(try roundTrip(date).timeIntervalSince(date)) < 0.000_001)
        }
        #expect(Bindings(Date(timeIntervalSince1970: 946_684_800)).bytes == [UInt8](repeating: 0, count: 8))
        #expect(Bindings(Date(timeIntervalSince1970: .infinity)).bytes == [0x7f] + [UInt8](repeating: 0xff, count: 7))
        #expect(Bindings(Date(timeIntervalSince1970: -.infinity)).bytes == [0x80] + [UInt8](repeating: 0, count: 7))
    }

    @Test("Decimals of every scale come back exactly, over the whole range")
    func decimals() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<5_000 {
            // Every order of magnitude is equally likely.
            let unscaled = Int64(bitPattern: generator.next()) >> Int64.random(in: 0...63, using: &generator)
            let decimal = SQLDecimal(unscaled: unscaled, scale: .random(in: 0...4, using: &generator))
            #expect(try roundTrip(decimal) == decimal)
        }
        for scale in 0...4 {
            for unscaled in [Int64.min, .min + 1, -10_000, -1, 0, 1, 9_999, 10_000, .max] {
                let decimal = SQLDecimal(unscaled: unscaled, scale: scale)
                #expect(try roundTrip(decimal) == decimal)
            }
        }
    }

    @Test("A decimal has PostgreSQL's layout")
    func decimalLayout() {
        // 12345678.90: digits 1234, 5678, 9000 to the base of 10,000, the first of weight 1.
        #expect(
            Bindings(SQLDecimal(unscaled: -1_234_567_890, scale: 2)).bytes == [
                0, 3, 0, 1, 0x40, 0, 0, 2, 0x04, 0xd2, 0x16, 0x2e, 0x23, 0x28,
            ])
        #expect(Bindings(SQLDecimal(unscaled: 0, scale: 2)).bytes == [0, 0, 0, 0, 0, 0, 0, 2])
    }

    @Test("Arrays of every length, with and without NULL, come back as they were")
    func arrays() throws {
        var generator = SeededGenerator(seed: 9)
        for length in [0, 1, 2, 7, 100] {
            let numbers = (0..<length).map { _ in Int64(bitPattern: generator.next()) }
            #expect(try roundTrip(numbers) == numbers)
            let texts = (0..<length).map { _ in Bool.random(using: &generator) ? generator.text(atMost: 9) : nil }
            #expect(try roundTrip(texts).map { $0.map { Array($0.utf8) } } == texts.map { $0.map { Array($0.utf8) } })
            let decimals = numbers.map { SQLDecimal(unscaled: $0, scale: 2) }
            #expect(try roundTrip(decimals) == decimals)
        }
        let row = try row([1, nil] as [Int64?], type: .int8Array)
        #expect(throws: DatabaseError.self) { try row.decode(0, as: [Int64].self) }
    }

    @Test("Bytes that are cut off or were never an array are an error, never a crash")
    func damagedArrays() {
        var generator = SeededGenerator(seed: 10)
        var failures = 0
        for _ in 0..<3_000 {
            var bytes = Bindings([1, 2, 3] as [Int64]).bytes
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
            for type in [SQLType.int8Array, .numeric, .int8, .timestamptz, .jsonb] {
                let rows = Rows(storage: MemoryRows(types: [type], rows: [[bytes]]), statement: "t.select")
                do {
                    _ = try rows.scalar([Int64].self)
                    _ = try rows.scalar(SQLDecimal.self)
                } catch { failures += 1 }
                _ = try? rows.scalar(SQLDecimal.self)
                _ = try? rows.scalar(String.self)
                _ = try? rows.scalar(Date.self)
            }
        }
        #expect(failures > 1_000)
    }

    @Test("NULL is nil for an optional and an error for all else")
    func null() throws {
        let row = try row(Int64?.none, type: .int8)
        #expect(try row.decode(0, as: Int64?.self) == nil)
        let error = #expect(throws: DatabaseError.self) { try row.decode(0, as: Int64.self) }
        #expect(error?.description.contains("found NULL") == true)
    }
}
