//! Identities. Dense numbers in order of first appearance in the log, so that they are equal on
//! every replica and can index tables.

use borsh::{BorshDeserialize, BorshSerialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize,
            BorshDeserialize,
        )]
        pub struct $name(pub $inner);

        impl $name {
            /// Position in the table of its kind.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A job, numbered by its place in the log, from 1.
    JobId, u64
);
id!(
    /// A data-center cluster or edge site.
    SiteId, u32
);
id!(
    /// One kind of capacity at one site.
    PoolId, u32
);
id!(
    /// A vertex of the link graph.
    NodeId, u32
);
id!(
    /// A segment of the link graph.
    LinkId, u32
);
id!(
    /// A demand region.
    RegionId, u32
);
