// A list that keeps all that is put into it.
// @ts-ignore: decorator
@unmanaged
class Entry {
  value: i32 = 0;
  next: usize = 0;
}

let first: usize = 0;

export function malloc(size: usize): usize {
  return heap.alloc(size);
}

export function free(block: usize): void {
  heap.free(block);
}

function add(value: i32): void {
  const block = malloc(offsetof<Entry>());
  const entry = changetype<Entry>(block);
  entry.value = value;
  entry.next = first;
  first = block;
}

export function fill(count: i32): void {
  for (let value = 0; value < count; value++) {
    add(value);
  }
}
