package import HTTPTypes
import KernelAPI

/// What goes back over the wire.
package struct Answer: Sendable {
    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: [UInt8]
    /// Events that follow the head.
    package var stream: AdmittedStream?

    init(_ response: Response, stream: AdmittedStream? = nil) {
        status = response.status
        headers = response.headers
        body = response.body
        self.stream = stream
    }
}
