import HTTPTypes
import KernelAPI

/// Whether a request that changes something was made by a page of ours: browsers send cookies along with anybody's.
struct OriginCheck: Sendable {
    let publicURL: PublicURL

    /// - Throws: 403 when a browser says that it was not, or says nothing.
    func check(_ method: HTTPRequest.Method, _ headers: HTTPFields) throws {
        switch method {
        case .get, .head, .options: return
        default: break
        }
        var said = headers[values: .origin]
        if said.isEmpty { said = headers[values: .referer].map { PublicURL.origin(of: $0) ?? "" } }
        guard said.count == 1, said[0].lowercased() == publicURL.origin else {
            throw Problem(
                .forbidden, "origin_not_allowed",
                "Changes with a login cookie are taken from pages of \(publicURL) only (header Origin or Referer). "
                    + "Programs use an API key.")
        }
    }
}
