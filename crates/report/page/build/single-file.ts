import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const PLACEHOLDER = '<script type="application/octet-stream" id="data">UNFREED_DATA</script>';

/** Puts script and style into the page itself, and allows nothing but these two by their hashes. */
export function singleFile(): Plugin {
  return {
    name: 'single-file',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      let html = '';
      let script = '';
      let style = '';
      const libraries = new Set<string>();
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === 'chunk') {
          script += file.code;
          for (const module of file.moduleIds) addLibrary(libraries, module);
        } else if (name.endsWith('.css')) style += text(file.source);
        else if (name.endsWith('.html')) html = text(file.source);
        else this.error(`${name} cannot be put into the page`);
        delete bundle[name];
      }
      // In a script element only "</script" and "<!--" mean something else than in a file.
      script = script.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
      style = style.trim();
      if (style.includes('</style')) this.error('the style ends its own element');
      const page = inline(html, script, style, [...libraries].sort().map(notice));
      if (page.split('UNFREED_DATA').length !== 2 || !page.includes(PLACEHOLDER)) {
        this.error('the place for the data must be in the page exactly once');
      }
      this.emitFile({ type: 'asset', fileName: 'report.html', source: page });
    },
  };
}

function inline(html: string, script: string, style: string, notices: string[]): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    // No text of the data can become HTML, not even by a mistake.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  const bare = html
    .replace(/\s*<script type="module"[^>]*><\/script>/, '')
    .replace(/\s*<link rel="stylesheet"[^>]*>/, '');
  // Functions as replacements: "$&" in a script would mean something.
  return bare
    .replace(
      '<meta charset="utf-8" />',
      () => `<meta charset="utf-8" />\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`,
    )
    .replace('</head>', () => `<style>${style}</style>\n    ${notices.join('\n    ')}\n  </head>`)
    .replace('</body>', () => `<script type="module">${script}</script>\n  </body>`);
}

/** The folder of the package that a module belongs to, if it is not ours. */
function addLibrary(libraries: Set<string>, module: string): void {
  const found = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(module);
  if (found !== null) libraries.add(found[0]);
}

/** The licence of a library, which asks to be where the library is. */
function notice(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as Record<
    string,
    string
  >;
  const licence = readFileSync(`${folder}LICENSE`, 'utf8').trim();
  return `<!--\n${name} ${version}\n\n${licence.replaceAll('--', '- -')}\n-->`;
}

function hash(content: string): string {
  return `sha256-${createHash('sha256').update(content, 'utf8').digest('base64')}`;
}

function text(source: string | Uint8Array): string {
  return typeof source === 'string' ? source : Buffer.from(source).toString('utf8');
}
