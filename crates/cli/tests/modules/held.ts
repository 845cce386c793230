// A block that only a variable holds, one that the first holds, and one that
// nothing does.
let kept: usize = 0;

export function keep(): void {
  kept = heap.alloc(1000);
  store<usize>(kept, heap.alloc(500));
}

export function drop(): void {
  heap.free(load<usize>(kept));
  heap.free(kept);
}

export function lose(): void {
  heap.alloc(300);
}
