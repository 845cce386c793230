// Boxes laid out; those of one round in two are not freed.
import Yoga, { Direction, Edge, FlexDirection, Wrap } from 'yoga-layout';
import { say, rounds } from './say.mjs';

await rounds(6, (round) => {
  const root = Yoga.Node.create();
  root.setFlexDirection(FlexDirection.Row);
  root.setFlexWrap(Wrap.Wrap);
  root.setWidth(300);
  for (let i = 0; i < 40; i++) {
    const child = Yoga.Node.create();
    child.setWidth(20 + ((i * 7 + round) % 50));
    child.setHeight(10 + (i % 5));
    child.setMargin(Edge.All, i % 3);
    root.insertChild(child, i);
  }
  root.calculateLayout(undefined, undefined, Direction.LTR);
  say('layout', Array.from({ length: 40 }, (_, i) => root.getChild(i).getComputedLayout()));
  if (round % 2 === 0) root.freeRecursive();
});
