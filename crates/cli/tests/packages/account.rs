//! The account of a recording against the headers in memory: what the model of an
//! allocator says is in use must be what its headers say, to the byte.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::scenario::Memory;

/// What `unfreed account` says of one memory at the end.
pub struct Account {
    model: Option<String>,
    rounding: Option<String>,
    misplaced: u64,
    /// Bytes by class.
    classes: Vec<(String, u64)>,
    size: u64,
}

/// What `unfreed account` says of a recording.
pub struct Accounts {
    /// All memories.
    pub memories: Vec<Account>,
    json: Value,
}

impl Accounts {
    /// Runs it.
    pub fn of(recording: &Path) -> Accounts {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
        let command = command.args(["account", "--format", "json"]).arg(recording);
        let output = command.output().expect("it runs");
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let memories = json["memories"].as_array().expect("memories").iter();
        Accounts {
            memories: memories.map(Account::of).collect(),
            json,
        }
    }

    /// Asserts that model and headers agree at each mark, of which there are three at
    /// least, and at the end, in so many memories.
    pub fn agree_at_marks(&self, modelled: usize) {
        let snapshots = self.json["snapshots"].as_array().expect("snapshots");
        for snapshot in snapshots {
            let model = self
                .memories
                .iter()
                .zip(self.json["memories"].as_array().expect("memories"));
            let mut model = model.filter(|(_, memory)| memory["name"] == snapshot["memory"]);
            let (memory, _) = model.next().expect("its memory");
            let expected: &[&str] = match memory.model {
                // Other threads may be in the middle of a call.
                Some(_) if snapshot["other_threads"] != 0 => &["agrees", "not_exact"],
                Some(_) => &["agrees"],
                None => &["not_modelled"],
            };
            let result = snapshot["result"].as_str().expect("a result");
            assert!(expected.contains(&result), "{snapshot:#}");
        }
        let compared = |reason: &str| {
            let of_reason = snapshots.iter().filter(|one| one["reason"] == reason);
            of_reason
                .filter(|one| one["compared"] != Value::Null)
                .count()
        };
        let (marks, ends) = (compared("mark"), compared("end"));
        assert!(
            marks >= 3 * modelled,
            "{marks} snapshots at marks of {modelled} memories"
        );
        assert_eq!(ends, modelled, "snapshots at the end");
    }
}

impl Account {
    fn of(memory: &Value) -> Account {
        let figure = |value: &Value| value.as_u64().expect("a figure");
        let classes = memory["classes"].as_array().expect("classes").iter();
        Account {
            model: memory["model"].as_str().map(str::to_owned),
            rounding: memory["rounding"].as_str().map(str::to_owned),
            misplaced: figure(&memory["misplaced_blocks"]),
            classes: classes
                .map(|class| {
                    let name = class["class"].as_str().expect("a name");
                    (name.to_owned(), figure(&class["after"]))
                })
                .collect(),
            size: figure(&memory["size"]["after"]),
        }
    }

    fn of_class(&self, name: &str) -> u64 {
        let mut classes = self.classes.iter();
        classes
            .find(|(class, _)| class == name)
            .expect("the class")
            .1
    }

    /// Bytes of blocks in use with all that belongs to them.
    fn in_use(&self) -> u64 {
        let classes = [
            "live payload",
            "thread shadow stacks and TLS",
            "allocator overhead",
        ];
        classes.iter().map(|class| self.of_class(class)).sum()
    }

    /// Whether its classes add up and all blocks have a place.
    pub fn is_sound(&self) {
        let sum: u64 = self.classes.iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(sum, self.size, "the classes add up to the size");
        assert_eq!(self.misplaced, 0, "blocks that the model cannot place");
    }
}

/// How bytes in use by the headers become those of a model: the state of a block,
/// what the model counts at the begin of the heap, and what they may differ by.
fn model(allocator: &str, model: &str) -> Option<(u64, i64, i64)> {
    match (allocator, model) {
        ("dlmalloc", "dlmalloc") => Some((4, 4, 0)),
        // Every block of that module is asked for with an alignment, and keeps what
        // that leaves behind it, up to 40 bytes; the model gives them to holes.
        ("dlmalloc", "dlmalloc of 64 bits") => Some((8, 8, 40_000)),
        ("TLSF", "TLSF") => Some((4, 4, 0)),
        // What it leaves before an aligned block belongs to the block before.
        ("emmalloc", "emmalloc") => Some((8, 4, 12)),
        _ => None,
    }
}

/// Asserts that an account of a modelled allocator agrees with its headers, unless
/// recorded sizes are not those of the headers: `exactly` is `false` then.
pub fn agree(accounts: &[Account], memory: &Memory, exactly: bool) {
    let Some(allocator) = memory.allocator.as_deref() else {
        return;
    };
    let mut differences = Vec::new();
    for account in accounts
        .iter()
        .filter(|account| account.size == memory.memory)
    {
        let known = account
            .model
            .as_deref()
            .and_then(|name| model(allocator, name));
        if let Some((state, lead, apart)) = known {
            let truth: u64 = memory.blocks.iter().map(|(_, room)| room + state).sum();
            let difference = account.in_use() as i64 - truth as i64;
            if (-apart..=lead + apart).contains(&difference) {
                return;
            }
            differences.push((truth, difference));
        }
    }
    if allocator == "wee_alloc" {
        return takes_no_more(accounts, memory);
    }
    assert!(
        !exactly,
        "{allocator}: bytes in use by its headers, and what the model differs by: {differences:?}"
    );
}

/// What blocks take by an account of `wee_alloc`, whose cells may be larger, is at
/// least the headers and no more than the cells.
fn takes_no_more(accounts: &[Account], memory: &Memory) {
    let mut accounts = accounts.iter();
    let account = accounts.find(|account| account.size == memory.memory);
    let account = account.expect("an account of the memory");
    assert_eq!(account.rounding.as_deref(), Some("wee_alloc"));
    let cells: u64 = memory.blocks.iter().map(|(_, room)| room + 8).sum();
    let headers = 8 * memory.blocks.len() as u64;
    let overhead = account.of_class("allocator overhead");
    assert!(overhead >= headers, "{overhead} of {headers}");
    assert!(account.in_use() <= cells, "{} of {cells}", account.in_use());
}
