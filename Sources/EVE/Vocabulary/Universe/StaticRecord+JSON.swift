/// The files of the export that are read, in the order in which they refer to each other.
enum StaticTable: String, CaseIterable, Sendable {
    case regions = "mapRegions"
    case constellations = "mapConstellations"
    case solarSystems = "mapSolarSystems"
    case groups
    case types
}

extension StaticRecord {
    /// Reads a line of a table; `nil` if it has no key or name that could be used. Unknown members are passed over.
    init?(_ bytes: UnsafeRawBufferPointer, of table: StaticTable) throws(JSONSyntaxError) {
        let line = try StaticLine(bytes)
        guard let key = line.key, key > 0, let name = line.name else { return nil }
        switch table {
        case .regions: self = .region(Region(id: RegionID(key), name: name))
        case .constellations:
            self = .constellation(
                Constellation(id: ConstellationID(key), name: name, regionID: line.regionID.map(RegionID.init(rawValue:))))
        case .solarSystems:
            self = .solarSystem(
                SolarSystem(
                    id: SolarSystemID(key), name: name, constellationID: line.constellationID.map(ConstellationID.init(rawValue:)),
                    regionID: line.regionID.map(RegionID.init(rawValue:)), security: line.security))
        case .groups: self = .group(InventoryGroup(id: GroupID(key), name: name, categoryID: line.categoryID))
        case .types: self = .type(InventoryType(id: TypeID(key), name: name, groupID: line.groupID.map(GroupID.init(rawValue:))))
        }
    }
}

/// The members that any of the tables may have.
struct StaticLine {
    var key: Int64?
    var name: String?
    var regionID: Int64?
    var constellationID: Int64?
    var groupID: Int64?
    var categoryID: Int64?
    var security: Double?
    var buildNumber: Int64?

    init(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        var scanner = JSONScanner(bytes)
        try scanner.beginObject()
        while let member = try scanner.nextKey() {
            if member.is("name") {
                name = try Self.name(&scanner)
            } else if try scanner.nextKind() != .number {
                try scanner.skipValue()
            } else if member.is("_key") {
                key = try scanner.integer()
            } else if member.is("regionID") {
                regionID = try scanner.integer()
            } else if member.is("constellationID") {
                constellationID = try scanner.integer()
            } else if member.is("groupID") {
                groupID = try scanner.integer()
            } else if member.is("categoryID") {
                categoryID = try scanner.integer()
            } else if member.is("securityStatus") {
                // Nine decimals are exact enough: the export has six.
                security = try scanner.number().scaled(places: 9).map { Double($0) / 1e9 }
            } else if member.is("buildNumber") {
                buildNumber = try scanner.integer()
            } else {
                try scanner.skipValue()
            }
        }
        try scanner.finish()
    }

    /// A name is a map from language to text, in older exports a text.
    private static func name(_ scanner: inout JSONScanner) throws(JSONSyntaxError) -> String? {
        switch try scanner.nextKind() {
        case .string: return try scanner.string()
        case .object:
            var english: String?
            try scanner.beginObject()
            while let language = try scanner.nextKey() {
                if language.is("en"), try scanner.nextKind() == .string {
                    english = try scanner.string()
                } else {
                    try scanner.skipValue()
                }
            }
            return english
        default:
            try scanner.skipValue()
            return nil
        }
    }
}
