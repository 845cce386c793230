//! `unfreed` as its users run it: arguments, files and pipes in, reports and
//! exit codes out. The logs are in `tests/logs`, at the root of the repository.

mod corpus;
mod damage;
mod golden;
mod inputs;
mod observed;
mod options;
mod support;
mod terminal;
mod usage;
