extension KillmailReader {
    /// An id, or `nil` for null. Zero stands for "none" where an id is optional, as older recordings write it; in the
    /// document itself stand the ids without which there is no killmail, and zero is wrong.
    @inline(__always)
    mutating func optionalID(_ field: StaticString) throws -> Int64? {
        let byte = try scanner.peek()
        if byte &- UInt8(ascii: "0") < 10 {
            let start = scanner.offset
            if let id = try scanner.integer() {
                if id > 0 { return id }
                guard part == .document else { return nil }
            }
            throw try badID(field, start)
        }
        if try scanner.skipNull() { return nil }
        throw try badID(field, scanner.offset)
    }

    private mutating func badID(_ field: StaticString, _ start: Int) throws -> Failure {
        var probe = scanner
        probe.offset = start
        guard try probe.nextKind() == .number else {
            return Failure(code: .idNotANumber, field: field, expected: "expected a number", offset: start)
        }
        let number = try probe.number()
        let isFraction = number.exponent < 0 && number.whole == nil && number.scaled(places: 0) != nil
        return isFraction
            ? Failure(code: .idNotANumber, field: field, expected: "expected a whole number", offset: start)
            : Failure(code: .idOutOfRange, field: field, expected: "expected an id above 0", offset: start)
    }

    /// Hit points; absent and null count as none.
    @inline(__always)
    mutating func damage(_ field: StaticString) throws -> Int64 {
        let byte = try scanner.peek()
        let start = scanner.offset
        if byte &- UInt8(ascii: "0") < 10 {
            if let damage = try scanner.integer() { return damage }
        } else if byte == UInt8(ascii: "-") {
            if let damage = try scanner.integer() {
                if damage == 0 { return 0 }
                throw Failure(
                    code: .negativeDamage, field: field, expected: "expected a whole number of 0 or more", offset: start)
            }
        } else if try scanner.skipNull() {
            return 0
        }
        throw Failure(code: .damageNotANumber, field: field, expected: "expected a whole number of 0 or more", offset: start)
    }

    mutating func flag(_ field: StaticString) throws -> Bool {
        if try scanner.skipNull() { return false }
        guard try scanner.nextKind() == .bool else { throw wrongType(field, "expected true or false") }
        return try scanner.bool()
    }

    mutating func value(_ field: StaticString) throws -> ISK? {
        if try scanner.skipNull() { return nil }
        let start = scanner.offset
        guard try scanner.nextKind() == .number else {
            throw Failure(code: .valueNotANumber, field: field, expected: "expected an amount of ISK", offset: start)
        }
        guard let hundredths = try scanner.number().scaled(places: 2), (0...ISK.greatest.hundredths).contains(hundredths) else {
            throw Failure(code: .valueOutOfRange, field: field, expected: "expected 0 to 9e16 ISK", offset: start)
        }
        return ISK(hundredths: hundredths)
    }

    mutating func time() throws -> Int64? {
        if try scanner.skipNull() { return nil }
        let start = scanner.offset
        guard try scanner.nextKind() == .string else { throw wrongType("killmail_time", "expected a time") }
        let text = try scanner.rawString()
        guard let seconds = KillmailTime.seconds(text.bytes) else {
            throw Failure(
                code: .timeMalformed, field: "killmail_time", expected: "expected a time such as 2026-03-31T09:23:11Z",
                offset: start)
        }
        guard seconds >= KillmailTime.firstSecond, seconds <= latestSecond else {
            throw Failure(
                code: .timeOutOfRange, field: "killmail_time", expected: "expected a time from 2003-05-06 to tomorrow",
                offset: start)
        }
        return seconds
    }

    /// A hash in lower case. One that is none counts as absent: nothing but a request to ESI depends on it.
    mutating func optionalHash() throws -> String? {
        guard try scanner.nextKind() == .string else {
            try scanner.skipValue()
            return nil
        }
        let bytes = try scanner.rawString().bytes
        guard bytes.count == 40 else { return nil }
        var isUppercase = false
        for byte in bytes {
            let letter = byte | 0x20
            guard byte &- UInt8(ascii: "0") < 10 || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(letter) else { return nil }
            if byte &- UInt8(ascii: "A") < 6 { isUppercase = true }
        }
        let hash = String(decoding: bytes, as: UTF8.self)
        return isUppercase ? hash.lowercased() : hash
    }

    /// A number of the envelope that is only a hint: anything else than a whole number above 0 is ignored.
    mutating func lenientWholeNumber() throws -> Int64? {
        guard try scanner.nextKind() == .number else {
            try scanner.skipValue()
            return nil
        }
        return try scanner.number().scaled(places: 0).flatMap { $0 > 0 ? $0 : nil }
    }

    mutating func wrongType(_ field: StaticString?, _ expected: StaticString) -> Failure {
        Failure(code: .wrongType, field: field, expected: expected, offset: scanner.offset)
    }
}
