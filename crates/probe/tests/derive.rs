//! What `#[derive(Track)]` makes of all kinds of types.

mod support;

use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use support::{only_size, trusted};
use unfreed_probe::{Probe, Track, Tracked, assert_no_leaks, leaks};

const PROBE: usize = size_of::<Probe>();

#[derive(Track)]
#[track(clone)]
struct Proof {
    commitments: Vec<[u64; 4]>,
    probe: Probe,
}

impl Proof {
    #[track_caller]
    fn new(rows: usize) -> Proof {
        Proof::tracked(|probe| Proof {
            commitments: vec![[0; 4]; rows],
            probe,
        })
    }
}

impl From<Vec<[u64; 4]>> for Proof {
    #[track_caller]
    fn from(commitments: Vec<[u64; 4]>) -> Proof {
        Proof::tracked(|probe| Proof { commitments, probe })
    }
}

#[test]
fn a_struct_logs_its_creation_its_clones_and_its_end() {
    let watched = leaks(|| {
        let mut proof = Proof::new(1000);
        proof.commitments.reserve_exact(3000);
        proof.remeasure();
        let copy = proof.clone();
        let other: Proof = copy.commitments.clone().into();
        (proof, copy, other)
    });
    let (findings, types) = trusted(watched.log());
    assert_eq!(findings.totals.allocations, 3);
    assert_eq!(findings.totals.frees, 3);
    assert_eq!(findings.totals.reallocations, 1);
    assert_eq!(types.keys().collect::<Vec<_>>(), ["derive::Proof"]);
    let peak = 2 * (24 + PROBE) + 4000 * 32 + 1000 * 32 + (24 + PROBE) + 1000 * 32;
    assert_eq!(findings.peak.bytes as usize, peak);
}

#[test]
fn a_field_can_be_moved_out() {
    let mut kept = Vec::new();
    assert_no_leaks!(|| {
        let proof = Proof::new(10);
        kept = proof.commitments;
    });
    assert_eq!(kept.len(), 10);
    assert_no_leaks!(|| {
        let Proof { commitments, .. } = Proof::new(10);
        drop(commitments);
    });
}

#[test]
fn functional_update_moves_the_identity_along() {
    let watched = leaks(|| {
        let old = Proof::new(10);
        let mut new = Proof {
            commitments: Vec::new(),
            ..old
        };
        new.remeasure();
        new
    });
    let (findings, _) = trusted(watched.log());
    assert_eq!(findings.totals.allocations, 1);
    assert_eq!(findings.totals.live, 0);
}

#[test]
fn what_cannot_be_made_is_not_logged() {
    let watched = leaks(|| {
        let failed: Result<Proof, &str> = Proof::try_tracked(|_probe| Err("no witness"));
        assert!(failed.is_err());
        Proof::try_tracked(|probe| {
            let commitments = Vec::new();
            Ok::<_, &str>(Proof { commitments, probe })
        })
    });
    assert_eq!(watched.log().lines().count(), 2);
    assert!(watched.is_empty());
}

#[derive(Track)]
#[track(clone)]
struct Evaluations<'a, T: Copy, const N: usize>
where
    T: PartialEq,
{
    #[allow(dead_code)]
    domain: &'a [T],
    values: Vec<[T; N]>,
    marker: PhantomData<fn() -> T>,
    probe: Probe,
}

#[test]
fn a_generic_type_that_borrows_owns_only_what_is_its_own() {
    let domain = vec![0_u64; 1_000_000];
    let watched = leaks(|| {
        let made = Evaluations::<u64, 3>::tracked(|probe| Evaluations {
            domain: &domain,
            values: vec![[1; 3]; 10],
            marker: PhantomData,
            probe,
        });
        drop(made);
    });
    let own = size_of::<Evaluations<u64, 3>>();
    assert_eq!(only_size(watched.log()), own + 10 * 24);
    let (_, types) = trusted(watched.log());
    // Newer compilers write the lifetime, too.
    let name = types.keys().next().expect("a type").replace("'_, ", "");
    assert_eq!(name, "derive::Evaluations<u64, 3>");
}

#[derive(Track)]
#[track(clone)]
enum Witness {
    Dense {
        columns: Vec<Vec<u64>>,
        probe: Probe,
    },
    Sparse(Probe, Box<[u64]>),
    Empty(Probe),
}

#[test]
fn each_variant_of_an_enum_is_measured() {
    let watched = leaks(|| {
        let mut witness = Witness::tracked(Witness::Empty);
        witness = Witness::tracked(|probe| match witness {
            Witness::Empty(_) => Witness::Sparse(probe, vec![0; 10].into()),
            other => other,
        });
        let dense = Witness::tracked(|probe| Witness::Dense {
            columns: vec![Vec::with_capacity(5), Vec::new()],
            probe,
        });
        (dense.clone(), dense, witness)
    });
    let (findings, types) = trusted(watched.log());
    assert_eq!(findings.totals.allocations, 4);
    assert_eq!(types["derive::Witness"].leaked_bytes, 0);
    let dense = size_of::<Witness>() + 2 * 24 + 5 * 8;
    assert!(watched.log().contains(&format!("derive::Witness {dense} ")));
}

/// No probe, so only measured: it is tracked by a wrapper.
#[derive(Track, Clone)]
enum Tree<T> {
    Leaf,
    Node(Box<Tree<T>>, T, Box<Tree<T>>),
}

#[test]
fn a_recursive_enum_is_measured_for_the_wrapper() {
    let leaf = || Box::new(Tree::Leaf);
    let watched = leaks(|| {
        let inner = Tree::Node(leaf(), vec![0_u8; 100], leaf());
        let tree: Tracked<Tree<Vec<u8>>> =
            Tracked::new(Tree::Node(Box::new(inner), vec![0; 50], leaf()));
        tree
    });
    let node = size_of::<Tree<Vec<u8>>>();
    assert_eq!(only_size(watched.log()), 5 * node + PROBE + 150);
}

#[derive(Track)]
#[track(clone)]
struct Handle {
    srs: Arc<Srs>,
    #[track(skip)]
    #[allow(dead_code)]
    cache: Rc<Mutex<Foreign>>,
    #[track(size_fn = Foreign::heap_bytes)]
    own: Foreign,
    probe: Probe,
}

#[derive(Track)]
struct Srs {
    points: Vec<[u64; 8]>,
    probe: Probe,
}

#[derive(Clone)]
struct Foreign(usize);

impl Foreign {
    fn heap_bytes(&self) -> usize {
        self.0
    }
}

#[test]
fn shared_contents_with_a_probe_count_once_for_all_their_handles() {
    let watched = leaks(|| {
        let srs = Arc::new(Srs::tracked(|probe| Srs {
            points: vec![[0; 8]; 1000],
            probe,
        }));
        let handle = Handle::tracked(|probe| Handle {
            srs,
            cache: Rc::new(Mutex::new(Foreign(1_000_000))),
            own: Foreign(77),
            probe,
        });
        std::mem::forget(handle.clone());
        std::mem::forget(handle);
    });
    let (_, types) = trusted(watched.log());
    let srs = types["derive::Srs"];
    assert_eq!(srs.leaked_bytes as usize, size_of::<Srs>() + 64_000);
    let handles = types["derive::Handle"];
    assert_eq!(
        handles.leaked_bytes as usize,
        2 * (size_of::<Handle>() + 77)
    );
}

#[derive(Track)]
#[track(bound = "T: Named, T::Bytes: unfreed_probe::get_size2::GetSize")]
struct Associated<T: Named> {
    bytes: T::Bytes,
}

trait Named {
    type Bytes;
}

impl Named for () {
    type Bytes = Vec<u8>;
}

/// Bounds of associated types are found without being told.
#[derive(Track)]
struct Inferred<T: Named> {
    bytes: T::Bytes,
}

#[test]
fn associated_types_are_measured() {
    use unfreed_probe::get_size2::GetSize;
    let associated = Associated::<()> { bytes: vec![0; 9] };
    let inferred = Inferred::<()> { bytes: vec![0; 9] };
    assert_eq!(associated.get_heap_size(), 9);
    assert_eq!(inferred.get_heap_size(), 9);
    assert_eq!(associated.bytes, inferred.bytes);
}

#[derive(Track)]
struct Unit;

#[derive(Track)]
enum Never {}

#[test]
fn types_without_fields_own_nothing() {
    use unfreed_probe::get_size2::GetSize;
    assert_eq!(Unit.get_heap_size(), 0);
    assert_eq!(Option::<Never>::None.get_heap_size(), 0);
}

#[test]
fn asking_for_the_size_outside_of_the_log_gives_all_of_it() {
    use unfreed_probe::get_size2::GetSize;
    let watched = leaks(|| {
        let proof = Proof::new(10);
        assert_eq!(proof.get_heap_size(), 320);
        assert_eq!(vec![proof].get_heap_size(), size_of::<Proof>() + 320);
    });
    assert!(watched.is_empty());
}
