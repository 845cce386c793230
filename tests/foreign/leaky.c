/* A program that leaks in known ways: what it allocates and never frees is in its
   last line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node { struct node *next; char *name; };

static struct node *cache;

__attribute__((noinline)) static struct node *cache_add(int n) {
    char name[32];
    snprintf(name, sizeof name, "node %d", n);
    struct node *node = malloc(sizeof *node);
    node->next = cache;
    node->name = strdup(name);
    cache = node;
    return node;
}

__attribute__((noinline)) static unsigned work(int round) {
    unsigned sum = 0;
    char *buffer = malloc(4096);
    memset(buffer, round, 4096);
    for (int i = 0; i < 20; i++) {
        char *scratch = malloc(64 + i);
        memset(scratch, i, 64 + i);
        sum += (unsigned)scratch[i];
        free(scratch);
    }
    char *grown = malloc(100);
    grown = realloc(grown, 1000 + 10 * round);
    sum += (unsigned)buffer[7];
    free(buffer);
    free(grown);
    return sum;
}

__attribute__((noinline)) static char *peak(void) {
    char *block = malloc(1 << 20);
    memset(block, 1, 1 << 20);
    return block;
}

int main(void) {
    unsigned sum = 0;
    for (int round = 0; round < 50; round++) {
        sum += work(round);
        cache_add(round);
        if (round == 25) {
            char *block = peak();
            sum += (unsigned)block[round];
            free(block);
        }
    }
    printf("%u\n", sum);
    return 0;
}
