// The second module of a program: it has its own memory and its own heap.
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name), noinline))

struct shape { int sides; int lengths[15]; };

__attribute__((noinline)) struct shape *new_shape(int sides) {
    struct shape *shape = malloc(sizeof *shape);
    shape->sides = sides;
    return shape;
}

EXPORT(draw) struct shape *draw(int sides) {
    return new_shape(sides);
}

EXPORT(erase) void erase(struct shape *shape) {
    free(shape);
}
