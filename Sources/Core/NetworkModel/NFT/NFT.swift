package enum NFT { package struct Transaction: Hashable, Sendable {} }
