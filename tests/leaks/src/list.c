// Lists whose first node is forgotten, and lists that are freed.
#include <stdlib.h>

struct node {
  struct node *next;
  int number;
};

// The list 1, 2, …, length.
__attribute__((noinline)) static struct node *numbers(int length) {
  struct node *first = NULL;
  for (int number = length; number > 0; number--) {
    struct node *node = malloc(sizeof *node);
    node->next = first;
    node->number = number;
    first = node;
  }
  return first;
}

static int sum(const struct node *node) {
  int sum = 0;
  for (; node; node = node->next) sum += node->number;
  return sum;
}

__attribute__((export_name("lose"))) int lose(int length) {
  return sum(numbers(length));
}

__attribute__((export_name("use"))) int use(int length) {
  struct node *first = numbers(length);
  int result = sum(first);
  while (first) {
    struct node *next = first->next;
    free(first);
    first = next;
  }
  return result;
}
