// Blocks that live for different times, in sizes that grow: what is live stays
// the same, and no hole is ever large enough for the next block. After J. M.
// Robson, "An estimate of the store size necessary for dynamic storage
// allocation", 1971.
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

// Bytes that are live after each round.
#define LIVE (2 * 1024 * 1024)
#define SMALLEST 256

struct block { void *start; int size; };

static struct block blocks[2 * LIVE / SMALLEST];
static int count;
static int live;

// Allocates until LIVE bytes are live; the last block is as large as what is left.
static void top_up(int size) {
    while (live < LIVE) {
        if (size > LIVE - live)
            size = LIVE - live;
        void *start = malloc(size);
        memset(start, 1, size);
        blocks[count++] = (struct block){start, size};
        live += size;
    }
}

// Every other block goes, so that holes are as large as the blocks were.
static void thin_out(void) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (i % 2 == 0) {
            blocks[kept++] = blocks[i];
        } else {
            live -= blocks[i].size;
            free(blocks[i].start);
        }
    }
    count = kept;
}

// dlmalloc keeps four bytes with each block.
static int size_in(int round) {
    return (SMALLEST << round) - 4;
}

EXPORT(fill) void fill(void) {
    top_up(size_in(0));
}

// What was freed is allocated again, in blocks of twice the size.
EXPORT(replace) int replace(int round) {
    thin_out();
    top_up(size_in(round));
    return live;
}

// The look-alike: blocks of the same size fit into the holes.
EXPORT(replace_same) int replace_same(void) {
    thin_out();
    top_up(size_in(0));
    return live;
}
