// A tree that is never freed, and a text that is.
#include <stdlib.h>
#include <string.h>

struct node {
  struct node *left, *right;
  int value;
};

static inline __attribute__((always_inline)) struct node *make_node(int value) {
  struct node *made = malloc(sizeof *made);
  made->left = made->right = NULL;
  made->value = value;
  return made;
}

static struct node *root;

static __attribute__((noinline)) void insert(struct node **at, int value) {
  while (*at != NULL) {
    at = value < (*at)->value ? &(*at)->left : &(*at)->right;
  }
  *at = make_node(value);
}

__attribute__((export_name("fill"))) void fill(int count) {
  for (int value = 0; value < count; value++) {
    insert(&root, value * 7919 % 101);
  }
}

__attribute__((export_name("twice"))) int twice(const char *text) {
  char *copy = strdup(text);
  size_t length = strlen(copy) * 2;
  free(copy);
  return (int)length;
}
