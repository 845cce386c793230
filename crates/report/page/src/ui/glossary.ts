/** The words of unfreed, as its documentation has them. */
export const GLOSSARY = new Map<string, string>(
  Object.entries({
    allocation: 'One block that an allocator handed out.',
    free: 'One block that was given back.',
    live: 'Allocated and not yet freed at the moment looked at.',
    leaked: 'Live at the end, and not expected to be. The verdict says which kind.',
    'definitely lost': 'No pointer to the block was found.',
    'indirectly lost': 'Only lost blocks point to it.',
    'possibly lost': 'Only pointers to the inside of the block lead to it.',
    'held by JS': 'Reachable only through a JS handle: an object of a wasm-bindgen class with its pointer.',
    handle:
      'An object of JavaScript with a pointer to a value in linear memory. The value stays until somebody gives it up.',
    'shallow size': 'The bytes of a block itself.',
    'retained size': 'The bytes that would be held by nothing without a block, a handle or a class.',
    site: 'Where a block was allocated: file and line in a log, a type and a stack in a recording.',
    type: 'What a block is counted under: its type in a log, the first function behind allocators and libraries of which a name or a line is known in a recording.',
    mark: 'A moment with a name. Marks cut a run into iterations.',
    moment: 'When the run was looked at: its start, marks, some times, its end.',
    growth:
      'The change of a figure between two moments. In a view that follows the selection: from its first moment to its second.',
    verdict:
      'What marks tell: systematic (grows in each iteration), noisy (grows, unevenly), bounded (stopped growing), one-off (setup).',
    'linear memory': 'The memory of a WebAssembly module. It grows by pages of 64 KiB and never shrinks.',
    'shadow stack': 'The stack that compiled code keeps inside of linear memory. Each wasm thread has one.',
    'static data': 'Data that the module brings with it, and zeroed data.',
    'main shadow stack': 'The shadow stack of the main thread.',
    'thread shadow stacks and TLS':
      'What a module allocates for a thread when that starts: its shadow stack and thread-local storage.',
    holes: 'Free between blocks in use (external fragmentation).',
    'allocator overhead': 'Headers, rounding and the state of the allocator (internal fragmentation).',
    'free at the top': 'Free above all blocks in use, and used before.',
    'never touched': 'Never part of a block.',
    'live payload': 'Bytes asked for in live blocks, stacks of threads not counted.',
    unknown: 'What neither the module nor a model of its allocator tells.',
    peak: 'The moment at which the most bytes were live.',
    temporary: 'Freed before the next allocation of the same thread.',
    folded:
      'A frame that only passes a request on, of an allocator or a collection library, or that is Node itself. It is not drawn unless all frames are.',
    coverage: 'Explained bytes as a share of the growth that was observed.',
    estimate: 'A figure that was not counted but follows from a sample.',
  }),
);

export function termId(term: string): string {
  return `word-${term.replaceAll(' ', '-')}`;
}
