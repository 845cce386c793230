//! The account of a recording against the headers in memory: what the model of an
//! allocator says is in use must be what its headers say, to the byte.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::scenario::Memory;

/// What `unfreed account` says of one memory at the end.
pub struct Account {
    model: Option<String>,
    misplaced: u64,
    /// Bytes by class.
    classes: Vec<(String, u64)>,
    size: u64,
}

/// All memories of a recording.
pub fn accounts(recording: &Path) -> Vec<Account> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
    let command = command.args(["account", "--format", "json"]).arg(recording);
    let output = command.output().expect("it runs");
    let account: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let memories = account["memories"].as_array().expect("memories").iter();
    memories.map(Account::of).collect()
}

impl Account {
    fn of(memory: &Value) -> Account {
        let figure = |value: &Value| value.as_u64().expect("a figure");
        let classes = memory["classes"].as_array().expect("classes").iter();
        Account {
            model: memory["model"].as_str().map(str::to_owned),
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

/// Asserts that an account of a modelled allocator agrees with its headers.
/// `exactly` is `false` where recorded sizes are not those of the headers.
pub fn agree(accounts: &[Account], memory: &Memory, exactly: bool) {
    let Some(allocator) = memory.allocator.as_deref() else {
        return;
    };
    // State of a block, at the begin of the heap, and what model and headers may
    // differ by.
    let (model, state, lead, apart) = match allocator {
        // W is 4 or 8; blocks of 64-bit memories have room for 24 bytes at least.
        "dlmalloc" if memory.blocks.iter().all(|(_, room)| room % 16 == 8) => ("dlmalloc", 8, 8, 0),
        "dlmalloc" => ("dlmalloc", 4, 4, 0),
        "TLSF" => ("TLSF", 4, 4, 0),
        // What it leaves before an aligned block belongs to the block before.
        "emmalloc" => ("emmalloc", 8, 4, 8),
        _ => return,
    };
    let truth: u64 = memory.blocks.iter().map(|(_, room)| room + state).sum();
    let fits = |account: &&Account| {
        account.model.as_deref() == Some(model) && account.size == memory.memory
    };
    let differences: Vec<i64> = accounts
        .iter()
        .filter(fits)
        .map(|account| account.in_use() as i64 - truth as i64)
        .collect();
    let agrees = |difference: &i64| (0..=lead + apart).contains(difference);
    assert!(
        !exactly || differences.iter().any(agrees),
        "{allocator}: {truth} bytes in use by its headers, the model differs by {differences:?}"
    );
}
