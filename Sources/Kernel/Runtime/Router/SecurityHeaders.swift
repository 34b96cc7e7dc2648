import HTTPTypes

/// Header fields that tell browsers what nobody may do with our answers.
struct SecurityHeaders: Sendable {
    private let always: [HTTPField]
    private let data = HTTPField(name: .contentSecurityPolicy, value: "default-src 'none'; frame-ancestors 'none'")
    private let page = HTTPField(
        name: .contentSecurityPolicy,
        value: "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
            + "frame-ancestors 'none'")

    /// - Parameter isSecure: the public URL is https; then browsers are told to come by https only, for a year.
    init(isSecure: Bool) {
        var fields = [
            HTTPField(name: .xContentTypeOptions, value: "nosniff"),
            // Unsafe methods may be checked by Referer where a browser sends no Origin.
            HTTPField(name: .referrerPolicy, value: "same-origin"),
            HTTPField(name: .xFrameOptions, value: "DENY"),
            HTTPField(name: .permissionsPolicy, value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
            HTTPField(name: .crossOriginOpenerPolicy, value: "same-origin"),
            HTTPField(name: .crossOriginResourcePolicy, value: "same-origin"),
        ]
        if isSecure { fields.append(HTTPField(name: .strictTransportSecurity, value: "max-age=31536000")) }
        always = fields
    }

    /// What a route has set itself stays.
    func mark(_ headers: inout HTTPFields) {
        for field in always where !headers.contains(field.name) { headers.append(field) }
        guard !headers.contains(.contentSecurityPolicy) else { return }
        headers.append(headers[.contentType]?.hasPrefix("text/html") == true ? page : data)
    }
}

extension HTTPField.Name {
    // The initializer fails for invalid tokens only, and these are valid ones.
    static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .via
    static let xFrameOptions = HTTPField.Name("X-Frame-Options") ?? .via
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy") ?? .via
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy") ?? .via
}
