// Blocks that are freed later than in the round that made them.
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

// When the next one takes its place.
static int *latest;

EXPORT(keep) int keep(int value) {
    int *block = malloc(200);
    block[0] = value;
    free(latest);
    latest = block;
    return latest[0];
}

// When there are five of them.
static int *batch[5];
static int in_batch;

EXPORT(collect) int collect(int value) {
    int *block = malloc(200);
    block[0] = value;
    batch[in_batch++] = block;
    if (in_batch == 5)
        while (in_batch)
            free(batch[--in_batch]);
    return value;
}
