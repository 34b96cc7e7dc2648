/// A named SQL statement.
///
/// The name is what logs, metrics and errors show, so that parameters never have to. The text is made of literals of
/// the source code only (`StaticString`): a value from outside cannot become SQL, it can only be bound.
public struct Statement: Sendable, Hashable {
    /// Unique within the program: `plugin.verb_noun`, for example `killmails.insert_detail`.
    public let name: String
    /// SQL with `$1`, `$2`... for parameters.
    public let text: String

    public init(_ name: StaticString, _ text: StaticString) {
        self.name = name.description
        self.text = text.description
    }

    /// A statement put together from literal fragments, for lists with optional filters.
    ///
    /// - Parameters:
    ///   - name: the family's name; the driver tells the variants apart by their text.
    ///   - fragments: joined by line breaks, in order.
    public init(_ name: StaticString, fragments: [StaticString]) {
        self.name = name.description
        self.text = fragments.map(\.description).joined(separator: "\n")
    }
}
