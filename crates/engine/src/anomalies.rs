//! What did not fit, counted by kind with the first few cases.

use unfreed_events::{AllocationId, TypeId};

use crate::matching::{Block, EarlyFree};

/// How many cases of each kind are kept as examples.
const EXAMPLES: usize = 3;

/// The kinds of events that do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AnomalyKind {
    /// A free whose id was never allocated.
    UnmatchedFree,
    /// A free of an id that is free already.
    DoubleFree,
    /// An allocation of an id that is live; the earlier block is superseded.
    DuplicateAllocation,
    /// A free that names another size than its allocation.
    SizeMismatch,
    /// A free that names another type than its allocation.
    TypeMismatch,
    /// A reallocation of an id that is not live.
    UnmatchedReallocation,
    /// A size that makes a sum exceed 64 bits; the event is not accounted.
    ImpossibleSize,
    /// A free that was logged before its allocation. It is matched.
    EarlyFree,
    /// An allocation of an id that was freed before, as with addresses. It is
    /// matched in the order of the log.
    ReusedId,
}

impl AnomalyKind {
    /// All kinds, in order.
    pub const ALL: [AnomalyKind; 9] = [
        AnomalyKind::UnmatchedFree,
        AnomalyKind::DoubleFree,
        AnomalyKind::DuplicateAllocation,
        AnomalyKind::SizeMismatch,
        AnomalyKind::TypeMismatch,
        AnomalyKind::UnmatchedReallocation,
        AnomalyKind::ImpossibleSize,
        AnomalyKind::EarlyFree,
        AnomalyKind::ReusedId,
    ];
}

/// One event, and the earlier one that it does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The id of both.
    pub id: AllocationId,
    /// The event that was counted.
    pub event: Side,
    /// The event that it disagrees with.
    pub other: Option<Side>,
}

/// What one of two events said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Running line number.
    pub line: u64,
    /// The type it named, where that was kept.
    pub type_id: Option<TypeId>,
    /// The size it named, in bytes.
    pub size: u64,
}

impl Example {
    pub(crate) fn alone(id: AllocationId, event: Side) -> Example {
        Example {
            id,
            event,
            other: None,
        }
    }

    pub(crate) fn pair(id: AllocationId, event: Side, other: Side) -> Example {
        let other = Some(other);
        Example { id, event, other }
    }
}

impl Side {
    pub(crate) fn of_block(block: Block) -> Side {
        Side {
            line: block.line,
            type_id: None,
            size: block.size,
        }
    }

    pub(crate) fn of_free(free: EarlyFree) -> Side {
        Side {
            line: free.line,
            type_id: Some(free.type_id),
            size: free.size,
        }
    }
}

/// How often one kind occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anomaly {
    /// Events of this kind.
    pub events: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// All kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anomalies {
    kinds: [Anomaly; AnomalyKind::ALL.len()],
}

impl Anomalies {
    /// Cases of one kind.
    pub fn get(&self, kind: AnomalyKind) -> &Anomaly {
        &self.kinds[kind as usize]
    }

    /// The number of events of one kind.
    pub fn events(&self, kind: AnomalyKind) -> u64 {
        self.get(kind).events
    }

    /// Counts one event.
    #[cold]
    pub(crate) fn count(&mut self, kind: AnomalyKind, example: Example) {
        let anomaly = &mut self.kinds[kind as usize];
        anomaly.events += 1;
        if anomaly.examples.len() < EXAMPLES {
            anomaly.examples.push(example);
        }
    }

    /// Counts one event of a kind whose events come in no order, and keeps the
    /// examples that stand first in the log.
    pub(crate) fn count_unordered(&mut self, kind: AnomalyKind, example: Example) {
        let anomaly = &mut self.kinds[kind as usize];
        anomaly.events += 1;
        let line = example.event.line;
        if anomaly
            .examples
            .get(EXAMPLES - 1)
            .is_some_and(|last| last.event.line < line)
        {
            return;
        }
        let place = anomaly
            .examples
            .partition_point(|kept| kept.event.line < line);
        if place < EXAMPLES {
            anomaly.examples.insert(place, example);
            anomaly.examples.truncate(EXAMPLES);
        }
    }
}
