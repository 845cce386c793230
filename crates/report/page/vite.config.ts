import { defineConfig } from 'vite';
import { singleFile } from './build/single-file';

export default defineConfig({
  build: {
    target: 'chrome110',
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rollupOptions: { input: 'index.html' },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [singleFile()],
});
