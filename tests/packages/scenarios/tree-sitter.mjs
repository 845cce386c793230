// Sources parsed with a grammar that is a side module; trees are kept.
import { fileURLToPath } from 'node:url';
import { Language, Parser, Query } from 'web-tree-sitter';
import { say, rounds } from './say.mjs';

await Parser.init();
const grammar = await Language.load(fileURLToPath(import.meta.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm')));
const parser = new Parser();
parser.setLanguage(grammar);
await rounds(4, (round) => {
  const source = Array.from({ length: 60 }, (_, i) => `function f${i}(a, b = ${round}) { return a?.x[b] ?? \`t\${a}\`; } // ${i}`).join('\n');
  const tree = parser.parse(source);
  say('tree', tree.rootNode.toString());
  const query = new Query(grammar, '(function_declaration name: (identifier) @name)');
  say('names', query.captures(tree.rootNode).map(({ node }) => node.text));
  query.delete();
  const changed = parser.parse(source.replace('f0', 'g0') + '\n(');
  say('broken', String(changed.rootNode.hasError));
  if (round % 2 === 0) changed.delete();
});
