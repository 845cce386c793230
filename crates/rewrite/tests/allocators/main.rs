//! Each rule that finds an allocator, on small modules that have what the rule
//! asks for and nothing else.

mod chosen;
mod damage;
mod named;
mod support;
mod unnamed;
