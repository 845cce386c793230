//! Which calls can lead to an event that has a call path, and which of them
//! recurse.

use std::collections::{HashMap, HashSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::layout::Layout;

/// What the call graph says.
pub(super) struct Reach {
    /// By function index: it can lead to an event.
    functions: Vec<bool>,
    /// Types through which a function that can is called.
    types: HashSet<u32>,
    /// By function index: the number of the cycle of direct calls that it is
    /// in; 0 for none.
    cycles: Vec<u32>,
}

impl Reach {
    /// `hooked` are the functions that report events with a call path.
    pub fn of(layout: &Layout, hooked: &HashSet<u32>) -> Reach {
        let mut reach = Reach {
            functions: vec![false; layout.functions.len()],
            types: HashSet::new(),
            cycles: vec![0; layout.functions.len()],
        };
        reach.spread(layout, hooked);
        reach.find_cycles(layout);
        reach
    }

    /// Whether calling `function` can lead to an event.
    pub fn function(&self, function: u32) -> bool {
        self.functions.get(function as usize).copied() == Some(true)
    }

    /// Whether calling something of this type can.
    pub fn call_type(&self, type_index: u32) -> bool {
        self.types.contains(&type_index)
    }

    /// Whether a call goes round a cycle of direct calls.
    pub fn is_recursive(&self, caller: u32, callee: u32) -> bool {
        let cycle = |function: u32| self.cycles.get(function as usize).copied().unwrap_or(0);
        cycle(caller) != 0 && cycle(caller) == cycle(callee)
    }

    fn spread(&mut self, layout: &Layout, hooked: &HashSet<u32>) {
        let mut callers: Vec<Vec<u32>> = vec![Vec::new(); layout.functions.len()];
        // Callers by the shape of the type they call.
        let mut callers_of_shape: HashMap<_, Vec<u32>> = HashMap::new();
        for (number, body) in layout.bodies.iter().enumerate() {
            let caller = layout.imported_functions + number as u32;
            for callee in &body.calls {
                if let Some(callers) = callers.get_mut(*callee as usize) {
                    callers.push(caller);
                }
            }
            for type_index in &body.call_types {
                let callers = callers_of_shape
                    .entry(layout.shape(*type_index))
                    .or_default();
                callers.push(caller);
            }
        }
        let escaping: HashSet<u32> = layout.escaping.iter().copied().collect();
        let mut found: Vec<u32> = hooked.iter().copied().collect();
        for (number, body) in layout.bodies.iter().enumerate() {
            if body.grows {
                found.push(layout.imported_functions + number as u32);
            }
        }
        let mut shapes = HashSet::new();
        while let Some(function) = found.pop() {
            match self.functions.get_mut(function as usize) {
                Some(known) if !*known => *known = true,
                _ => continue,
            }
            found.extend(&callers[function as usize]);
            if escaping.contains(&function) {
                let shape = layout.shape(layout.functions[function as usize]);
                if let Some(callers) = callers_of_shape.get(&shape) {
                    found.extend(callers);
                }
                shapes.insert(shape);
            }
        }
        let types = 0..layout.types.len() as u32;
        self.types = types
            .filter(|index| shapes.contains(&layout.shape(*index)))
            .collect();
    }

    fn find_cycles(&mut self, layout: &Layout) {
        let mut graph = DiGraph::<u32, ()>::new();
        let mut nodes = HashMap::new();
        for number in 0..layout.functions.len() as u32 {
            if self.function(number) {
                nodes.insert(number, graph.add_node(number));
            }
        }
        let mut calls_itself = HashSet::new();
        for (number, body) in layout.bodies.iter().enumerate() {
            let caller = layout.imported_functions + number as u32;
            let Some(from) = nodes.get(&caller) else {
                continue;
            };
            for callee in &body.calls {
                if *callee == caller {
                    calls_itself.insert(caller);
                } else if let Some(to) = nodes.get(callee) {
                    graph.add_edge(*from, *to, ());
                }
            }
        }
        let mut number = 0;
        for cycle in kosaraju_scc(&graph) {
            let alone = cycle.len() == 1 && !calls_itself.contains(&graph[cycle[0]]);
            if alone {
                continue;
            }
            number += 1;
            for node in cycle {
                self.cycles[graph[node] as usize] = number;
            }
        }
    }
}
