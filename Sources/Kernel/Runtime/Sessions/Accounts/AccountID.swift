import Foundation

/// An account's id.
typealias AccountID = UUID
