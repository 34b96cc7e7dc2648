/// A parameter that a route takes, as OpenAPI describes it.
public struct ParameterDeclaration: Sendable {
    public enum Place: String, Sendable { case path, query }

    public let name: String
    public let place: Place
    /// An array: it can be given several times.
    public let schema: JSONSchema
}
