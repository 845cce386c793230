// Calls JavaScript while blocks are held by its frame only, and by nothing.
#include <stdlib.h>

__attribute__((import_module("env"), import_name("look"))) void look(void);

struct frame {
  void *volatile block;
  char rest[1024];
};

static void fill(struct frame *frame) {
  frame->block = malloc(2000);
}

__attribute__((noinline)) static void call(void) {
  struct frame frame;
  fill(&frame);
  look();
  free(frame.block);
}

__attribute__((noinline)) static void forget(void) {
  struct frame frame;
  fill(&frame);
}

__attribute__((export_name("run"))) void run(void) {
  call();
}

__attribute__((export_name("lose"))) void lose(void) {
  forget();
}
