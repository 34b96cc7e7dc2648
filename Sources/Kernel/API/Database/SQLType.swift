/// The types of PostgreSQL that BattleScope sends and reads, by their object ids (`pg_type.oid`, fixed for built-in types).
public struct SQLType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let bool = SQLType(rawValue: 16)
    public static let bytea = SQLType(rawValue: 17)
    public static let name = SQLType(rawValue: 19)
    public static let int8 = SQLType(rawValue: 20)
    public static let int2 = SQLType(rawValue: 21)
    public static let int4 = SQLType(rawValue: 23)
    public static let text = SQLType(rawValue: 25)
    public static let json = SQLType(rawValue: 114)
    public static let float4 = SQLType(rawValue: 700)
    public static let float8 = SQLType(rawValue: 701)
    public static let varchar = SQLType(rawValue: 1043)
    public static let timestamptz = SQLType(rawValue: 1184)
    public static let numeric = SQLType(rawValue: 1700)
    public static let uuid = SQLType(rawValue: 2950)
    public static let jsonb = SQLType(rawValue: 3802)

    public static let boolArray = SQLType(rawValue: 1000)
    public static let byteaArray = SQLType(rawValue: 1001)
    public static let int2Array = SQLType(rawValue: 1005)
    public static let int4Array = SQLType(rawValue: 1007)
    public static let textArray = SQLType(rawValue: 1009)
    public static let int8Array = SQLType(rawValue: 1016)
    public static let float8Array = SQLType(rawValue: 1022)
    public static let timestamptzArray = SQLType(rawValue: 1185)
    public static let numericArray = SQLType(rawValue: 1231)
    public static let uuidArray = SQLType(rawValue: 2951)
}
