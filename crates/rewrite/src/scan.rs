//! What the bodies of a module do, as far as the search for its allocator asks:
//! one pass over all instructions.

use wasmparser::{BinaryReader, FunctionBody, Operator, OperatorsReaderAllocations};

use crate::error::ModuleError;
use crate::module::Module;

/// The facts of all bodies.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The facts of each function; those of imported ones are empty.
    pub bodies: Vec<Body>,
    /// For each function, who calls it directly, each caller once, in order.
    pub callers: Vec<Vec<u32>>,
    /// The proposals whose instructions the module uses, beyond the first
    /// version of WebAssembly, by name.
    pub features: Vec<&'static str>,
}

/// The facts of one body.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Which of the constants that tell allocators apart stand in it.
    pub constants: Constants,
    /// The functions that it calls directly, sorted, each once.
    pub calls: Vec<Call>,
    /// How many indirect calls stand in it.
    pub indirect_calls: u32,
    /// How many loops it has.
    pub loops: u32,
    /// How many times `memory.grow` stands in it.
    pub memory_grow: u32,
    /// How many times `memory.size` stands in it.
    pub memory_size: u32,
    /// Bytes of the body.
    pub bytes: u32,
}

/// A function that is called directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub function: u32,
    /// At how many places.
    pub sites: u32,
}

/// A set of those `i32.const` values that tell allocators apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constants(u64);

/// The values that a [`Constants`] can hold. More would slow the scan, fewer
/// would miss a rule in `allocator/structure.rs`.
const VALUES: [i32; 36] = [
    -65588, -65587, -65544, -65536, -4096, -4095, -65, -64, -57, -16, -9, -8, -4, -2, 2, 3, 8, 11,
    16, 20, 30, 31, 62, 63, 71, 99, 110, 127, 236, 244, 245, 255, 256, 65535, 245_760, 65536,
];

impl Constants {
    /// Whether `value` is in the set. Values that no rule asks for never are.
    #[must_use]
    pub fn has(self, value: i32) -> bool {
        self.0 & bit(value) != 0
    }

    /// Whether all of `values` are in the set.
    #[must_use]
    pub fn has_all(self, values: &[i32]) -> bool {
        values.iter().all(|value| self.has(*value))
    }

    /// Whether any of `values` is in the set.
    #[must_use]
    pub fn has_any(self, values: &[i32]) -> bool {
        values.iter().any(|value| self.has(*value))
    }

    fn add(&mut self, value: i32) {
        self.0 |= bit(value);
    }
}

/// The bit of a value, or 0.
fn bit(value: i32) -> u64 {
    match VALUES.iter().position(|known| *known == value) {
        Some(place) => 1 << place,
        None => 0,
    }
}

impl Scan {
    /// Reads all bodies of a module.
    ///
    /// # Errors
    /// A body that cannot be read to its end, or calls a function that is not
    /// there.
    pub fn of(module: &Module<'_>) -> Result<Scan, ModuleError> {
        let mut scan = Scan {
            bodies: Vec::new(),
            callers: vec![Vec::new(); module.functions.len()],
            features: Vec::new(),
        };
        let mut used = 0;
        let mut allocations = OperatorsReaderAllocations::default();
        for (index, function) in module.functions.iter().enumerate() {
            let Some(range) = function.body.clone() else {
                scan.bodies.push(Body::default());
                continue;
            };
            let bytes = module.bytes.get(range.clone()).unwrap_or_default();
            let reader = FunctionBody::new(BinaryReader::new(bytes, range.start as u64));
            let (body, proposals, rest) = read(&reader, allocations)?;
            allocations = rest;
            used |= proposals;
            for call in &body.calls {
                let Some(callers) = scan.callers.get_mut(call.function as usize) else {
                    return Err(ModuleError::FunctionIndex {
                        place: format!("the body of function {index}"),
                        found: call.function,
                        functions: module.functions.len(),
                    });
                };
                callers.push(index as u32);
            }
            scan.bodies.push(body);
        }
        scan.features = proposals::names(used);
        Ok(scan)
    }

    /// The facts of one function; those of an imported one, or of one that is
    /// not there, are empty.
    #[must_use]
    pub fn body(&self, function: u32) -> &Body {
        static NONE: Body = Body {
            constants: Constants(0),
            calls: Vec::new(),
            indirect_calls: 0,
            loops: 0,
            memory_grow: 0,
            memory_size: 0,
            bytes: 0,
        };
        self.bodies.get(function as usize).unwrap_or(&NONE)
    }

    /// Who calls a function directly, each caller once, in order.
    #[must_use]
    pub fn callers(&self, function: u32) -> &[u32] {
        self.callers
            .get(function as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// At how many places a function is called directly.
    #[must_use]
    pub fn sites(&self, function: u32) -> u32 {
        let sites = |caller: &u32| self.body(*caller).sites(function);
        self.callers(function).iter().map(sites).sum()
    }

    /// The functions that hold a `memory.grow`.
    pub fn growers(&self) -> impl Iterator<Item = u32> {
        let grows = |(_, body): &(usize, &Body)| body.memory_grow > 0;
        let growers = self.bodies.iter().enumerate().filter(grows);
        growers.map(|(index, _)| index as u32)
    }
}

impl Body {
    /// At how many places it calls `function` directly.
    #[must_use]
    pub fn sites(&self, function: u32) -> u32 {
        match self
            .calls
            .binary_search_by_key(&function, |call| call.function)
        {
            Ok(place) => self.calls.get(place).map_or(0, |call| call.sites),
            Err(_) => 0,
        }
    }

    /// Whether it calls `function` directly.
    #[must_use]
    pub fn calls(&self, function: u32) -> bool {
        self.sites(function) > 0
    }
}

type Read = (Body, u32, OperatorsReaderAllocations);

fn read(
    function: &FunctionBody<'_>,
    allocations: OperatorsReaderAllocations,
) -> wasmparser::Result<Read> {
    let mut body = Body {
        bytes: function.as_bytes().len() as u32,
        ..Body::default()
    };
    let mut callees: Vec<u32> = Vec::new();
    let mut used = 0;
    let operators = function.get_binary_reader_for_operators()?;
    let mut operators = wasmparser::OperatorsReader::new_with_allocs(operators, allocations);
    while !operators.eof() {
        let operator = operators.read()?;
        used |= proposals::bit(&operator);
        match operator {
            Operator::I32Const { value } => body.constants.add(value),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                callees.push(function_index);
            }
            Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCallRef { .. } => body.indirect_calls += 1,
            Operator::Loop { .. } => body.loops += 1,
            Operator::MemoryGrow { .. } => body.memory_grow += 1,
            Operator::MemorySize { .. } => body.memory_size += 1,
            _ => {}
        }
    }
    callees.sort_unstable();
    let same = callees.chunk_by(|a, b| a == b);
    body.calls = same
        .filter_map(|sites| {
            Some(Call {
                function: *sites.first()?,
                sites: sites.len() as u32,
            })
        })
        .collect();
    operators.finish()?;
    Ok((body, used, operators.into_allocations()))
}

/// Which proposal an instruction comes from, as wasmparser has them.
mod proposals {
    use wasmparser::Operator;

    const NAMES: [(&str, &str); 16] = [
        ("bulk_memory", "bulk memory"),
        ("exceptions", "exceptions"),
        ("function_references", "function references"),
        ("gc", "garbage collection"),
        ("legacy_exceptions", "legacy exceptions"),
        ("memory_control", "memory control"),
        ("reference_types", "reference types"),
        ("relaxed_simd", "relaxed SIMD"),
        ("saturating_float_to_int", "saturating float to int"),
        ("shared_everything_threads", "shared-everything threads"),
        ("sign_extension", "sign extension"),
        ("simd", "SIMD"),
        ("stack_switching", "stack switching"),
        ("tail_call", "tail calls"),
        ("threads", "threads"),
        ("wide_arithmetic", "wide arithmetic"),
    ];

    const fn place(proposal: &str) -> u32 {
        let mut place = 0;
        while place < NAMES.len() {
            if same(NAMES[place].0.as_bytes(), proposal.as_bytes()) {
                return 1 << place;
            }
            place += 1;
        }
        0
    }

    const fn same(a: &[u8], b: &[u8]) -> bool {
        if a.len() != b.len() {
            return false;
        }
        let mut place = 0;
        while place < a.len() {
            if a[place] != b[place] {
                return false;
            }
            place += 1;
        }
        true
    }

    macro_rules! define_bit {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            /// The bit of an instruction's proposal; 0 for the first version.
            pub fn bit(operator: &Operator<'_>) -> u32 {
                match operator {
                    $( Operator::$op { .. } => const { place(stringify!($proposal)) }, )*
                    _ => 0,
                }
            }
        };
    }
    wasmparser::for_each_operator!(define_bit);

    /// The names of the proposals whose bits are set.
    pub fn names(bits: u32) -> Vec<&'static str> {
        let is_set = |place: usize| bits & (1 << place) != 0;
        let set = NAMES.iter().enumerate().filter(|(place, _)| is_set(*place));
        set.map(|(_, (_, name))| *name).collect()
    }
}
