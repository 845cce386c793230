//! What holds the live blocks of a linear memory at a snapshot: the roots that the
//! account knows (static data, globals, shadow stacks, JS handles), the live blocks of the
//! ledger and the copy of the memory, put together for [`crate::reach`].

mod bins;
mod chain;
mod constants;
mod orphans;
mod roots;

use hashbrown::HashMap;
use unfreed_events::trace::{Global, Snapshot, raw};
use unfreed_events::{SiteId, WordId};

use crate::account::Memory;
use crate::handles::Handles;
use crate::ledger::{SiteFigures, ThreadStart};
use crate::matching::{Matcher, Remaining};
use crate::reach::{
    Amount, Block, Blocks, Bytes, Class, GroupSize, Heap, Held, Integers, Node, PointerSize,
    ReachError, Reachability, Retained, Root, Roots, ScanOptions,
};

pub use chain::{Chain, Collected, Link, Origin};
pub(crate) use constants::Begin;
use orphans::Orphans;
pub use roots::ThreadStack;

/// What is asked of a snapshot.
#[derive(Clone, Debug)]
pub struct Question {
    /// Whose blocks are looked for, beside the largest of each site.
    pub about: Option<About>,
    /// How many of them to say what leads to, the largest first.
    pub chains: usize,
    /// Threads that had ended when it was taken.
    pub ended_threads: Vec<WordId>,
    /// How large pointers are in the memory.
    pub pointer: PointerSize,
}

/// Which blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The one that has this address in it.
    Address(u64),
    /// Those allocated at one of these sites.
    Of(Vec<SiteId>),
    /// Those that handles of a kind own.
    Handles(usize),
}

/// What holds the live blocks of a memory.
#[derive(Clone, Debug)]
pub struct Holders {
    /// The place of the memory among all.
    pub memory: usize,
    /// How many events came before.
    pub events_before: u64,
    /// What the recorder said of the snapshot.
    pub said: raw::Snapshot,
    /// Pages of the snapshot that are missing: what they pointed to may look lost.
    pub pages_missing: u64,
    /// Whether pointers in globals of the module are not known, so that what only
    /// they point to looks lost.
    pub globals_unknown: bool,
    /// Every class; together they have all live blocks.
    pub classes: Vec<(Class, Amount)>,
    /// Every site with live blocks, the one with the most bytes first.
    pub sites: Vec<SiteHolders>,
    /// Every kind of handles that holds blocks, by its number.
    pub kinds: Vec<KindHolders>,
    /// What is held through what; groups are sites.
    pub tree: Vec<Held>,
    /// The blocks that were asked about, the largest first.
    pub chains: Vec<Chain>,
    /// What integers may do to all this.
    pub integers: Integers,
}

/// Why the blocks of a site are live.
#[derive(Clone, Debug)]
pub struct SiteHolders {
    /// Which site.
    pub site: SiteId,
    /// How many of its blocks are in each class that has any, the most bytes first.
    pub classes: Vec<(Class, Amount)>,
    /// What its blocks are and retain.
    pub size: GroupSize,
    /// Those of its blocks whose JS handle was collected by the garbage collector
    /// while the block stayed, whatever class they are in.
    pub collected: Amount,
    /// Those that are indirectly lost, and to which a block leads whose JS handle was
    /// collected while it stayed.
    pub owner_collected: Amount,
    /// The largest of its blocks, of the first [`SITES_WITH_CHAIN`] sites.
    pub largest: Option<Chain>,
}

impl SiteHolders {
    /// Why most of its bytes are live.
    #[must_use]
    pub fn reason(&self) -> Reason {
        if self.collected.bytes * 2 > self.size.shallow {
            return Reason::Collected;
        }
        if self.owner_collected.bytes * 2 > self.size.shallow {
            return Reason::OwnerCollected;
        }
        match self.classes.first() {
            Some((class, _)) => Reason::Class(*class),
            None => Reason::Class(Class::DefinitelyLost),
        }
    }
}

/// Why blocks are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The garbage collector has thrown away the JS handles that owned them.
    Collected,
    /// It has thrown away those that owned what points to them.
    OwnerCollected,
    /// What the scan found.
    Class(Class),
}

/// Sites of which the largest block's way from a root is looked for.
pub const SITES_WITH_CHAIN: usize = 200;

/// What the handles of a kind hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindHolders {
    /// Which kind, as in [`crate::Findings::handles`].
    pub kind: usize,
    /// Handles that own a block that is known.
    pub handles: u64,
    /// Bytes of these blocks.
    pub shallow: u64,
    /// Bytes that would be held by nothing without these handles.
    pub retained: u64,
}

/// What is known of a memory when the snapshot was taken.
pub(crate) struct Known<'a> {
    pub matcher: &'a Matcher,
    pub memory: &'a Memory,
    pub handles: &'a Handles,
    /// By number.
    pub sites: &'a [SiteFigures],
    /// In the order of their lines.
    pub thread_starts: &'a [ThreadStart],
    /// The memory at its begin, if the recording has that.
    pub begin: Option<&'a Begin>,
}

/// A live block as the ledger has it.
#[derive(Clone, Copy, Debug)]
struct Owned {
    site: SiteId,
    line: u64,
}

impl Holders {
    pub(crate) fn of(
        known: &Known<'_>,
        snapshot: &Snapshot,
        question: &Question,
    ) -> Result<Holders, ReachError> {
        let place = usize::from(snapshot.heap);
        let (blocks, owned) = live_blocks(known.matcher, snapshot.heap)?;
        let threads = known.thread_stacks(&blocks, &owned, &question.ended_threads);
        let (mut roots, stacks) = known.roots(snapshot, &threads)?;
        let bytes = Bytes::of(&snapshot.image, question.pointer)?;
        roots = bins::left_out(roots, &bytes);
        if let Some(begin) = known.begin {
            let then = Bytes::of(&begin.image, question.pointer)?;
            let is_newer = |word| {
                let block = blocks.find(word);
                let block = block.and_then(|(block, _)| blocks.as_slice().get(block as usize));
                block.is_some_and(|block| owned[block.number as usize].line > begin.newest)
            };
            roots = constants::left_out(roots, &bytes, &then, is_newer);
        }
        let heap = Heap::new(bytes, blocks, Roots::new(roots)?, ScanOptions::default())?;
        let reachability = Reachability::of(&heap);
        let retained = Retained::of(&heap, &reachability)?;
        let orphans = known.handles.orphans_in(snapshot.heap);
        let scan = Scan {
            orphans: Orphans::new(&heap, &reachability, orphans),
            heap: &heap,
            reachability: &reachability,
            retained: &retained,
            owned: &owned,
            stacks: &stacks,
            globals: snapshot.globals.as_deref().unwrap_or_default(),
        };
        Ok(Holders {
            memory: place,
            events_before: snapshot.events_before,
            said: snapshot.said.what.clone(),
            pages_missing: snapshot.missing_pages(),
            globals_unknown: known.globals_unknown(snapshot),
            classes: reachability.amounts(&heap),
            sites: scan.sites(),
            kinds: scan.kinds(),
            tree: retained.held(|block| scan.site(block).0),
            chains: scan.chains(question),
            integers: Integers::of(&heap, &reachability),
        })
    }
}

/// The live blocks of a heap, and by their number what the ledger says of them.
fn live_blocks(matcher: &Matcher, heap: u16) -> Result<(Blocks, Vec<Owned>), ReachError> {
    let mut blocks = Vec::new();
    let mut owned = Vec::new();
    matcher.for_each_remaining(|id, remaining| {
        let Remaining::Live(block) = remaining else {
            return;
        };
        if id.memory() == heap {
            blocks.push(Block {
                address: id.address(),
                size: block.size,
                number: owned.len() as u64,
            });
            owned.push(Owned {
                site: block.site,
                line: block.line,
            });
        }
    });
    Ok((Blocks::new(blocks)?, owned))
}

fn add(amount: &mut Amount, block: &Block) {
    amount.blocks += 1;
    amount.bytes += block.size;
}

/// A heap that was looked at.
struct Scan<'a> {
    heap: &'a Heap<'a>,
    reachability: &'a Reachability,
    retained: &'a Retained<'a>,
    owned: &'a [Owned],
    stacks: &'a [ThreadStack],
    globals: &'a [Global],
    orphans: Orphans,
}

impl Scan<'_> {
    fn site(&self, block: u32) -> SiteId {
        let number = self.heap.blocks().as_slice()[block as usize].number;
        self.owned[number as usize].site
    }

    fn sites(&self) -> Vec<SiteHolders> {
        let mut sizes = self.retained.of_groups(|block| Some(self.site(block).0));
        let mut classes: HashMap<SiteId, HashMap<Class, Amount>> = HashMap::new();
        let mut collected: HashMap<SiteId, Amount> = HashMap::new();
        let mut owner_collected: HashMap<SiteId, Amount> = HashMap::new();
        for (index, block) in (0..).zip(self.heap.blocks().as_slice()) {
            let site = self.site(index);
            let class = self.reachability.class(index);
            let of_site = classes.entry(site).or_default();
            add(of_site.entry(class).or_default(), block);
            if self.orphans.kind(block.address).is_some() {
                add(collected.entry(site).or_default(), block);
            } else if self.orphans.leads_to(index) {
                add(owner_collected.entry(site).or_default(), block);
            }
        }
        let mut sites: Vec<SiteHolders> = classes
            .into_iter()
            .map(|(site, classes)| {
                let mut classes: Vec<_> = classes.into_iter().collect();
                classes.sort_by_key(|(class, amount)| (u64::MAX - amount.bytes, *class));
                SiteHolders {
                    site,
                    classes,
                    size: sizes.remove(&site.0).unwrap_or_default(),
                    collected: collected.remove(&site).unwrap_or_default(),
                    owner_collected: owner_collected.remove(&site).unwrap_or_default(),
                    largest: None,
                }
            })
            .collect();
        sites.sort_by_key(|found| (u64::MAX - found.size.shallow, found.site));
        let largest = self.largest_of_each_site();
        for found in sites.iter_mut().take(SITES_WITH_CHAIN) {
            let block = largest.get(&found.site);
            found.largest = block.and_then(|(_, block)| self.chain(*block));
        }
        sites
    }

    fn kinds(&self) -> Vec<KindHolders> {
        let mut kinds: Vec<KindHolders> = Vec::new();
        for class in self.heap.roots().classes() {
            kinds.push(KindHolders {
                kind: class as usize,
                handles: 0,
                shallow: 0,
                retained: self.retained.bytes(Node::Class(class)),
            });
        }
        for root in self.heap.roots().as_slice() {
            let Root::Handle { class, pointer, .. } = root else {
                continue;
            };
            let block = self.heap.blocks().find(*pointer);
            let found = kinds.binary_search_by_key(&(*class as usize), |found| found.kind);
            if let (Some((block, _)), Ok(place)) = (block, found) {
                kinds[place].handles += 1;
                kinds[place].shallow += self.heap.blocks().as_slice()[block as usize].size;
            }
        }
        kinds
    }

    fn chains(&self, question: &Question) -> Vec<Chain> {
        let Some(about) = &question.about else {
            return Vec::new();
        };
        let mut blocks: Vec<u32> = match about {
            About::Address(address) => {
                let found = self.heap.blocks().find(*address);
                found.map(|(block, _)| block).into_iter().collect()
            }
            About::Of(sites) => {
                let all = 0..self.heap.blocks().as_slice().len() as u32;
                all.filter(|block| sites.contains(&self.site(*block)))
                    .collect()
            }
            About::Handles(kind) => self.of_handles(*kind),
        };
        let size = |block: &u32| self.heap.blocks().as_slice()[*block as usize].size;
        blocks.sort_by_key(|block| (u64::MAX - size(block), *block));
        blocks.dedup();
        blocks.truncate(question.chains);
        blocks
            .iter()
            .filter_map(|block| self.chain(*block))
            .collect()
    }

    /// Size and index of the largest block of each site.
    fn largest_of_each_site(&self) -> HashMap<SiteId, (u64, u32)> {
        let mut largest: HashMap<SiteId, (u64, u32)> = HashMap::new();
        for (index, block) in (0..).zip(self.heap.blocks().as_slice()) {
            let found = largest
                .entry(self.site(index))
                .or_insert((block.size, index));
            if block.size > found.0 {
                *found = (block.size, index);
            }
        }
        largest
    }

    fn of_handles(&self, kind: usize) -> Vec<u32> {
        let roots = self.heap.roots().as_slice().iter();
        let pointers = roots.filter_map(|root| match root {
            Root::Handle { class, pointer, .. } if *class as usize == kind => Some(*pointer),
            _ => None,
        });
        pointers
            .filter_map(|pointer| Some(self.heap.blocks().find(pointer)?.0))
            .collect()
    }
}
